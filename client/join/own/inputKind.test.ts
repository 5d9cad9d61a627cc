import { expect, test } from 'vitest';
import type { ModelSpec } from '../../../shared/engine/model.ts';
import { findModel } from '../../../shared/engine/models.ts';
import { findTask } from '../../../shared/tasks/tasks.ts';
import { inputKindOf } from './inputKind.ts';

const fashion = findTask('fashion');
const table = { columns: [{ name: 'x', scale: 1, offset: 0 }], label: 'kind' };

test('each task is given its data in its own way', () => {
  expect(inputKindOf(findTask('digits'))).toBe('drawing');
  expect(inputKindOf(findTask('har'))).toBe('motion');
  expect(inputKindOf(fashion)).toBe('pictures');
  expect(inputKindOf(findTask('cifar10'))).toBe('pictures');
  expect(inputKindOf({ ...fashion, id: 'mine', table, model: findModel('mlp') })).toBe('table');
});

/** One output for two classes. */
const BIT: ModelSpec = {
  id: 'bit',
  input: [1],
  layers: [
    { kind: 'flatten', name: 'flat' },
    { kind: 'dense', name: 'only', units: 1 },
  ],
  loss: 'binaryCrossEntropy',
};

test('two classes may be one output', () => {
  const two = { ...fashion, id: 'mine', classes: ['good', 'worn'] };
  expect(inputKindOf({ ...two, table, model: BIT })).toBe('table');
  expect(inputKindOf({ ...two, model: { ...BIT, input: [1, 1, 3] } })).toBe('pictures');
});

test('a task that no person can make samples for says why', () => {
  expect(inputKindOf({ ...fashion, classes: [] })).toBe('noClasses');
  expect(inputKindOf({ ...fashion, id: 'mine', table: { ...table, label: '' } })).toBe('noClasses');
  // Scaled by who knows what.
  expect(inputKindOf({ ...fashion, inputs: 'float32' })).toBe('otherForm');
  expect(inputKindOf({ ...fashion, model: { ...fashion.model, input: [28, 28, 2] } })).toBe('otherForm');
  // Ten bits at once, and values.
  for (const loss of ['binaryCrossEntropy', 'meanSquaredError'] as const)
    expect(inputKindOf({ ...fashion, model: { ...fashion.model, loss } })).toBe('noClasses');
});
