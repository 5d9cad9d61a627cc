import { expect, test } from 'vitest';
import { fullScheme, ratioScheme } from '../../shared/engine/scheme.ts';
import { findModel } from '../../shared/engine/models.ts';
import { subnetworkOf } from '../../shared/engine/subnetwork.ts';
import type { DashboardDevice } from '../../shared/contract/dashboard.ts';
import { deviceClasses, layerParts } from './modelParts.ts';

const model = findModel('digits');
const device = (part: Partial<DashboardDevice>): DashboardDevice =>
  ({
    state: 'training',
    scheme: 0,
    budgetBytes: 1024,
    kind: 'phone',
    trainedShare: 1,
    ...part,
  }) as DashboardDevice;

test('devices of one budget and scheme are one class, the largest budget first', () => {
  const schemes = [fullScheme(model), ratioScheme(model, { dense1: 1 })];
  const classes = deviceClasses(
    [
      device({ budgetBytes: 1 }),
      device({}),
      device({ state: 'asleep' }),
      device({ scheme: 1, kind: 'watch' }),
      device({ state: 'gone' }),
      device({ scheme: -1 }),
    ],
    schemes,
  );
  expect(classes.map(({ budgetBytes, kind, count }) => [budgetBytes, kind, count])).toEqual([
    [1024, 'phone', 2],
    [1024, 'watch', 1],
    [1, 'phone', 1],
  ]);
});

test('a layer is trained as far as the slice of its weights goes', () => {
  const parts = layerParts(model, ratioScheme(model, { conv2: 0.25, dense1: 1 }));
  expect(parts.map(({ name }) => name)).toEqual(['conv1', 'conv2', 'dense1']);
  expect(parts.map(({ outputs }) => outputs)).toEqual([[], [[0, 0.25]], [[0, 1]]]);
  expect(parts.map(({ isBiasTrained }) => isBiasTrained)).toEqual([false, true, true]);
});

test('a trained bias alone is told from a frozen layer', () => {
  const [conv1] = layerParts(model, {
    entries: [{ tensor: 'conv1.bias', output: [0, 1], input: [0, 1] }],
  });
  expect(conv1).toMatchObject({ outputs: [], isBiasTrained: true });
});

test('a window of channels that has rolled over the end is two pieces of each layer, and the outputs stay whole', () => {
  const width = { ratio: 0.5, offset: 0.75 };
  const narrow = subnetworkOf(model, width).model;
  const parts = layerParts(model, { ...fullScheme(narrow), width });
  expect(parts.map(({ outputs }) => outputs)).toEqual([
    [
      [0, 0.25],
      [0.75, 1],
    ],
    [
      [0, 0.25],
      [0.75, 1],
    ],
    [[0, 1]],
  ]);
  expect(parts.map(({ inputs }) => inputs)).toEqual([
    [0, 1],
    [0, 0.5],
    [0, 0.5],
  ]);
});
