// What others train of a device's frozen blocks: how old its copies may become, and that what it trains is never old.

import { expect, it } from 'vitest';
import { initialParameters } from '../engine/initialParameters.ts';
import { fullScheme, type UpdateScheme } from '../engine/scheme.ts';
import type { Freshness } from '../settings/values.ts';
import type { PrecisionsOf } from './selectScheme.ts';
import { createCoordinator } from './coordinator.ts';
import { scenarioOf, testConfig, TINY_MODEL, type Scenario } from './testing/scenario.ts';

/** Tensors: 0 trained in part, 1 frozen, 2 frozen, 3 trained. */
const PART: UpdateScheme = {
  entries: [
    { tensor: 'dense1.weight', output: [0, 1], input: [0, 4] },
    { tensor: 'dense2.bias', output: [0, 2], input: [0, 1] },
  ],
};
const FULL = fullScheme(TINY_MODEL);

/** A strong device that trains everything and a weak one that trains a part, which holds version 0 of all. */
function fleet(freshness: Freshness, precisionsOf?: PrecisionsOf): Scenario {
  const scenario = scenarioOf(
    createCoordinator({
      config: testConfig({}, { subset: { kind: 'tailored' }, freshness }),
      model: TINY_MODEL,
      parameters: initialParameters(TINY_MODEL, 1),
      ...(precisionsOf ? { precisionsOf } : {}),
      selectScheme: (_subset, [budget]) =>
        budget! >= 1000
          ? { scheme: FULL, deviceBytes: 1, trainedShare: 1 }
          : { scheme: PART, deviceBytes: 1, trainedShare: 6 / 23 },
    }),
  );
  scenario.start('strong', 1000);
  scenario.start('weak', 100);
  return scenario;
}

/** What the weak one gets after each version that the strong one makes; it holds, and moves, what it was sent. */
function blocksOverTime(scenario: Scenario, numVersions: number, delta = 0.1): string[] {
  const held = [0, 0, 0, 0];
  return Array.from({ length: numVersions }, () => {
    scenario.upload(scenario.orderOf('strong'), delta);
    scenario.ready('weak', { held, moved: true });
    const { blocks, baseVersion } = scenario.orderOf('weak');
    for (const { tensor, version } of blocks) held[tensor] = version;
    expect(baseVersion).toBe(scenario.coordinator.version);
    return blocks.map(({ tensor, part, version }) => `${tensor} ${part} ${version}`).join(', ');
  });
}

it('are always the newest where the run says nothing else', () => {
  expect(blocksOverTime(fleet({ kind: 'always' }), 2)).toEqual([
    '0 whole 1, 1 whole 1, 2 whole 1, 3 whole 1',
    '0 whole 2, 1 whole 2, 2 whole 2, 3 whole 2',
  ]);
});

it('come every so many versions, and what is trained each time; a slice does not renew what is around it', () => {
  expect(blocksOverTime(fleet({ kind: 'every', versions: 3 }), 6)).toEqual([
    '0 slice 0, 3 whole 1',
    '0 slice 0, 3 whole 2',
    '0 whole 3, 1 whole 3, 2 whole 3, 3 whole 3',
    '0 slice 3, 3 whole 4',
    '0 slice 3, 3 whole 5',
    '0 whole 6, 1 whole 6, 2 whole 6, 3 whole 6',
  ]);
});

it('come when they have drifted: never while nothing moves, soon where much does', () => {
  const calm = blocksOverTime(fleet({ kind: 'drift', share: 0.05 }), 5, 1e-6);
  // Biases begin at zero: their first move is as long as they are.
  expect(calm[0]).toBe('0 slice 0, 1 whole 1, 3 whole 1');
  expect(calm.slice(1).filter((blocks) => blocks.includes('2 whole'))).toEqual([]);
  const restless = blocksOverTime(fleet({ kind: 'drift', share: 0.05 }), 5, 0.5);
  expect(restless.every((blocks) => blocks.includes('2 whole'))).toBe(true);
});

it('that a device lacks come whatever the policy', () => {
  const scenario = fleet({ kind: 'every', versions: 1000 });
  scenario.upload(scenario.orderOf('strong'), 0.1);
  scenario.ready('weak', { held: [0, -1, 0, 0], moved: true });
  expect(scenario.orderOf('weak').blocks.map(({ tensor }) => tensor)).toEqual([0, 1, 3]);
});

/** The weak one holds all that it may in int8, and of tensor 0 the slice apart. */
const rounded: PrecisionsOf = (scheme) =>
  scheme === PART ? ['int8', 'float32', 'int8', 'float32'] : FULL.entries.map(() => 'float32');

const told = (scenario: Scenario) =>
  scenario.orderOf('weak').blocks.map(({ tensor, part, precision }) => `${tensor} ${part} ${precision}`);

it('bring a slice that is held apart beside the rest, which is rounded, and alone where the rest is there', () => {
  const scenario = fleet({ kind: 'every', versions: 3 }, rounded);
  // Of so few elements float16 takes no more bytes than int8.
  const all = ['0 whole float16', '0 slice float32', '1 whole float32', '2 whole float16', '3 whole float32'];
  expect(told(scenario)).toEqual(all);
  const precisions = ['float16', 'float32', 'float16', 'float32'] as const;
  scenario.upload(scenario.orderOf('strong'), 0.1);
  scenario.ready('weak', { held: [0, 0, 0, 0], precisions, moved: true });
  expect(told(scenario)).toEqual(['0 slice float32', '3 whole float32']);
  // What came rounded and was not trained is no base for training.
  scenario.ready('weak', { held: [1, 1, 1, 1], precisions });
  expect(told(scenario)).toEqual(['0 slice float32']);
  scenario.ready('weak', { held: [1, 1, 1, 1] });
  expect(told(scenario)).toEqual([]);
});
