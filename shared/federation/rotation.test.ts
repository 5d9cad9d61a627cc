// Slices in turn, in the coordinator: who gets which, by what was trained, and that nobody narrows anybody.

import { describe, expect, it } from 'vitest';
import { initialParameters } from '../engine/initialParameters.ts';
import type { SliceBy } from '../settings/values.ts';
import { restoreCoordinator } from './coordinator.ts';
import type { AssignmentOrder } from './events.ts';
import {
  createScenario,
  FULL,
  FULL_BYTES,
  HEAD_BYTES,
  scenarioOf,
  selectByBytes,
  SLICE,
  SLICE_BYTES,
  testConfig,
  TINY_MODEL,
  TURNS,
  type Scenario,
} from './testing/scenario.ts';
import { runSettingsOf } from './settings.ts';

const rotating = (sliceBy: SliceBy = 'coverage', run = {}): Scenario =>
  createScenario(testConfig({}, { subset: { kind: 'rotating', sliceBy }, ...run }));

function turnOf({ scheme }: AssignmentOrder): number {
  const turn = TURNS.findIndex((each) => JSON.stringify(each) === JSON.stringify(scheme));
  expect(turn, JSON.stringify(scheme)).toBeGreaterThanOrEqual(0);
  return turn;
}

/** Accepted samples of each slice after so many updates of one device. */
function samplesAfter(
  scenario: Scenario,
  numUpdates: number,
  samplesOf: (update: number) => number,
): number[] {
  const totals = [0, 0];
  let order = scenario.start('a', HEAD_BYTES);
  for (let update = 0; update < numUpdates; update++) {
    const samples = samplesOf(update);
    totals[turnOf(order)]! += samples;
    expect(scenario.upload(order, 0.01, { samples })).toMatchObject({ accepted: true });
    order = scenario.orderOf('a');
  }
  return totals;
}

describe('slices in turn', () => {
  it('are trained evenly by the samples of accepted updates', () => {
    const [first, second] = samplesAfter(rotating(), 60, (update) => 1 + ((update * 7) % 20));
    expect(Math.abs(first! - second!)).toBeLessThanOrEqual(20);
  });

  it('that were given out in vain are given out again', () => {
    const scenario = rotating();
    const lost = scenario.start('a', HEAD_BYTES);
    const other = scenario.start('b', HEAD_BYTES);
    expect(turnOf(other)).toBe(1 - turnOf(lost));
    scenario.upload(other, 0.01);
    // What 'a' was given is expected still, and counts for less than what was trained.
    scenario.leave('a');
    scenario.ready('b');
    expect(turnOf(scenario.orderOf('b'))).toBe(turnOf(lost));
    // A refused update trains nothing.
    scenario.upload(scenario.orderOf('b'), Number.NaN);
    expect(turnOf(scenario.orderOf('b'))).toBe(turnOf(lost));
    scenario.upload(scenario.orderOf('b'), 0.01, { samples: 11 });
    expect(turnOf(scenario.orderOf('b'))).toBe(turnOf(other));
  });

  it('move what they train, and nothing else', () => {
    const scenario = rotating();
    const order = scenario.start('a', HEAD_BYTES);
    const before = scenario.coordinator.parameters;
    scenario.upload(order, 0.5);
    const moved = scenario.coordinator.parameters[0]!.map((value, j) => value - before[0]![j]!);
    const from = turnOf(order);
    moved.forEach((value, j) => expect(value).toBeCloseTo(j % 3 >= from && j % 3 < from + 2 ? 0.5 : 0, 6));
  });

  it('are a matter of each device alone: the strong train all, the narrow a slice of the network', () => {
    const scenario = rotating();
    expect(turnOf(scenario.start('weak', HEAD_BYTES))).toBeLessThan(2);
    expect(scenario.start('strong', FULL_BYTES).scheme).toEqual(FULL);
    expect(scenario.start('narrow', SLICE_BYTES).scheme).toEqual(SLICE);
    scenario.join('tiny', SLICE_BYTES - 1);
    expect(scenario.effects.at(-1)).toMatchObject({ kind: 'refuseDevice', smallestBudgetBytes: SLICE_BYTES });
    expect(scenario.coordinator.status().choices).toEqual([]);
  });

  it('of a device come anew where it trained another one, and are its own where it goes by device', () => {
    const scenario = rotating('device');
    const order = scenario.start('a', HEAD_BYTES);
    scenario.upload(order, 0.01, { held: [0, 0, 0, 0], moved: true });
    const again = scenario.orderOf('a');
    expect(again.scheme).toEqual(order.scheme);
    expect(again.blocks.map(({ tensor, part }) => `${tensor} ${part}`)).toEqual([
      '0 slice',
      '1 whole',
      '2 whole',
      '3 whole',
    ]);
    const turning = rotating('version');
    const first = turning.start('a', HEAD_BYTES);
    turning.upload(first, 0.01, { held: [0, 0, 0, 0], moved: true });
    expect(turnOf(turning.orderOf('a'))).toBe(1 - turnOf(first));
    expect(turning.orderOf('a').blocks.map(({ part }) => part)).toEqual(['whole', 'whole', 'whole', 'whole']);
  });

  it('go on from a snapshot as they would have', () => {
    const config = testConfig({}, { subset: { kind: 'rotating', sliceBy: 'norm' } });
    const scenario = createScenario(config);
    samplesAfter(scenario, 7, (update) => update + 1);
    const dependencies = { config, model: TINY_MODEL, selectScheme: selectByBytes };
    const restored = scenarioOf(restoreCoordinator(scenario.coordinator.snapshot(), dependencies));
    restored.effects.push(...scenario.effects);
    for (const each of [scenario, restored]) each.upload(each.orderOf('a'), 0.02, { samples: 3 });
    expect(restored.coordinator.snapshot().json).toBe(scenario.coordinator.snapshot().json);
    expect(turnOf(restored.orderOf('a'))).toBe(turnOf(scenario.orderOf('a')));
  });

  it('may be taken up while a run goes on, and a snapshot of before they were known has none', () => {
    const config = testConfig({}, { subset: { kind: 'full' } });
    const scenario = createScenario(config, initialParameters(TINY_MODEL, 1));
    const order = scenario.start('a');
    expect(order.scheme).toEqual(FULL);
    const settings = { ...runSettingsOf(config), subset: { kind: 'rotating', sliceBy: 'coverage' } as const };
    scenario.handle({ kind: 'settingsChanged', atMs: 1, settings });
    scenario.upload(order, 0.01);
    expect(scenario.orderOf('a').scheme).toEqual(FULL);
    expect(turnOf(scenario.start('b', HEAD_BYTES))).toBeLessThan(2);
    const dependencies = { config, model: TINY_MODEL, selectScheme: selectByBytes };
    const { json, arrays } = scenario.coordinator.snapshot();
    const { parts, ...older } = JSON.parse(json) as { parts: readonly object[] };
    expect(parts).toHaveLength(0);
    const restored = restoreCoordinator({ json: JSON.stringify(older), arrays }, dependencies);
    expect(JSON.parse(restored.snapshot().json)).toEqual(JSON.parse(json));
  });
});
