// Width slices in the coordinator: what travels, where deltas go, and how a window moves on. With real training.

import { describe, expect, it } from 'vitest';
import { initialParameters } from '../engine/initialParameters.ts';
import { parametersOf } from '../engine/model.ts';
import { extentsOf } from '../engine/scheme.ts';
import { gatherStretches, stretchesOfPart, subnetworkOf } from '../engine/subnetwork.ts';
import { createSelector } from '../selection/createSelector.ts';
import { createCoordinator } from './coordinator.ts';
import type { SelectScheme } from './selectScheme.ts';
import { makeBatches, trainSteps } from './testing/localTraining.ts';
import {
  createScenario,
  scenarioOf,
  SLICE,
  SLICE_BYTES,
  sliceOf,
  testConfig,
  TINY_MODEL,
  type Scenario,
} from './testing/scenario.ts';

const START = initialParameters(TINY_MODEL, 5);
const SPECS = parametersOf(TINY_MODEL);
const subnetwork = (policy: { readonly rollEvery?: number } = {}): Scenario =>
  createScenario(testConfig({}, { subset: { kind: 'subnetwork', ...policy } }), START);

function always(scheme: ReturnType<typeof sliceOf>): Scenario {
  const selectScheme: SelectScheme = () => ({ scheme, deviceBytes: 1, trainedShare: 1 });
  const config = testConfig({}, { subset: { kind: 'subnetwork' } });
  return scenarioOf(createCoordinator({ config, model: TINY_MODEL, parameters: START, selectScheme }));
}

describe('a slice of the network', () => {
  it('moves the elements that it keeps by what the small model learnt, and no others', async () => {
    const scenario = subnetwork();
    const order = scenario.start('narrow', SLICE_BYTES);
    const { delta } = await trainSteps(START, makeBatches(1, 3), order.scheme);
    expect(scenario.upload(order, delta)).toMatchObject({ accepted: true });
    const { kept } = subnetworkOf(TINY_MODEL, SLICE.width!);
    let end = 0;
    SPECS.forEach((spec, tensor) => {
      const stretches = stretchesOfPart(extentsOf(spec), kept[tensor]!);
      const expected = START[tensor]!.slice();
      for (const { start, length } of stretches)
        for (let j = start; j < start + length; j++) expected[j] = expected[j]! + delta[end++]!;
      const moved = scenario.coordinator.parameters[tensor]!;
      moved.forEach((value, j) => expect(value).toBeCloseTo(expected[j]!, 6));
      if (stretches.reduce((sum, { length }) => sum + length, 0) < spec.size)
        expect(gatherStretches(moved, stretches)).not.toEqual(gatherStretches(START[tensor]!, stretches));
    });
    expect(end).toBe(delta.length);
  });

  it('of ratio 1 is the whole, bit for bit', async () => {
    const results = [];
    for (const scenario of [always(sliceOf({ ratio: 1, offset: 0 })), createScenario(testConfig(), START)]) {
      for (let round = 0; round < 3; round++) {
        const order = round === 0 ? scenario.start('a') : scenario.orderOf('a');
        const base = scenario.coordinator.parameters;
        const { delta } = await trainSteps(base, makeBatches(round, 2), order.scheme);
        expect(scenario.upload(order, delta)).toMatchObject({ accepted: true });
      }
      results.push(scenario.coordinator.parameters);
    }
    expect(results[0]).toEqual(results[1]);
    expect(results[0]).not.toEqual(START);
  });

  it('is counted element by element: where all cover, all count, elsewhere the whole model alone', () => {
    const config = testConfig(
      { trigger: { kind: 'buffer', size: 2, deadlineMs: 0 } },
      { subset: { kind: 'subnetwork' } },
    );
    const scenario = createScenario(config, START);
    const whole = scenario.start('strong');
    const narrow = scenario.start('narrow', SLICE_BYTES);
    scenario.upload(whole, 0.25);
    scenario.upload(narrow, 0.75);
    const { kept } = subnetworkOf(TINY_MODEL, SLICE.width!);
    SPECS.forEach((spec, tensor) => {
      const expected = new Float32Array(spec.size).fill(0.25);
      for (const { start, length } of stretchesOfPart(extentsOf(spec), kept[tensor]!))
        expected.fill(0.5, start, start + length);
      scenario.coordinator.parameters[tensor]!.forEach((value, j) =>
        expect(value - START[tensor]![j]!).toBeCloseTo(expected[j]!, 5),
      );
    });
  });

  it('travels gathered, anew where the window has moved, and not again where nothing has', () => {
    const scenario = subnetwork({ rollEvery: 6 });
    const order = scenario.start('narrow', SLICE_BYTES);
    expect(order.blocks.map(({ bytes }) => bytes)).toEqual([32, 8, 16, 8]);
    const held = { held: [0, 0, 0, 0], width: SLICE.width! };
    scenario.ready('narrow', held);
    expect(scenario.orderOf('narrow').blocks).toEqual([]);
    // Another window, or the whole, is of no use.
    scenario.ready('narrow', { ...held, width: { ratio: 1 / 2, offset: 1 / 16 } });
    expect(scenario.orderOf('narrow').blocks).toHaveLength(4);
    scenario.ready('narrow', { held: [0, 0, 0, 0] });
    expect(scenario.orderOf('narrow').blocks).toHaveLength(4);
  });

  it('rolls by version through all of the network', () => {
    const scenario = subnetwork({ rollEvery: 1 });
    scenario.start('narrow', SLICE_BYTES);
    const covered = SPECS.map(({ size }) => new Set<number>(Array.from({ length: size }, (_, j) => j)));
    for (let version = 0; version < 16; version++) {
      const { scheme } = scenario.orderOf('narrow');
      expect(scheme.width).toEqual({ ratio: 1 / 2, offset: version / 16 });
      subnetworkOf(TINY_MODEL, scheme.width!).kept.forEach((part, tensor) => {
        for (const { start, length } of stretchesOfPart(extentsOf(SPECS[tensor]!), part))
          for (let j = start; j < start + length; j++) covered[tensor]!.delete(j);
      });
      scenario.upload(scenario.orderOf('narrow'), 0.01);
    }
    expect(covered.map(({ size }) => size)).toEqual([0, 0, 0, 0]);
    expect(scenario.orderOf('narrow').scheme.width!.offset).toBe(0);
  });

  it('is the whole network for a device that can hold it', () => {
    const select = createSelector(TINY_MODEL, { batch: 4 });
    const whole = select({ kind: 'subnetwork' }, [1e6]);
    expect(whole).toEqual(select({ kind: 'full' }, [1e6]));
    const { smallestBudgetBytes } = select({ kind: 'subnetwork' }, [0]) as { smallestBudgetBytes: number };
    const least = select({ kind: 'subnetwork' }, [smallestBudgetBytes]);
    expect('scheme' in least && least.scheme.width).toEqual({ ratio: 3 / 8, offset: 0 });
  });
});
