// The strategies are one machine: where their conditions meet, so do their results. With real training throughout.

import { describe, expect, it } from 'vitest';
import { initialParameters } from '../engine/initialParameters.ts';
import type { Parameters } from '../engine/model.ts';
import { layerScheme } from '../engine/scheme.ts';
import type { GivenStrategy, Strategy } from './config.ts';
import { createCoordinator } from './coordinator.ts';
import { fedAsync, fedAsyncMixing, fedAvg, fedBuff, ftte } from './strategies.ts';
import { makeBatches, trainSteps } from './testing/localTraining.ts';
import {
  createScenario,
  FULL_BYTES,
  scenarioOf,
  testConfig,
  TINY_MODEL,
  type Scenario,
} from './testing/scenario.ts';

const START = initialParameters(TINY_MODEL, 5);
const buffer = (size: number): Pick<GivenStrategy, 'trigger'> => ({
  trigger: { kind: 'buffer', size, deadlineMs: 0 },
});
// The plain formulas: nothing is clipped, and what devices claim is what they were dealt.
const scenarioWith = (strategy: GivenStrategy) =>
  createScenario(testConfig({ ...strategy, clipMultiple: 0 }), START);

/** Element by element, relative to how far training moved the model. */
function expectClose(actual: Parameters, expected: Parameters, from: Parameters): void {
  let moved = 0;
  let off = 0;
  expected.forEach((values, t) =>
    values.forEach((w, j) => {
      moved = Math.max(moved, Math.abs(w - from[t]![j]!));
      off = Math.max(off, Math.abs(w - actual[t]![j]!));
    }),
  );
  expect(moved).toBeGreaterThan(1e-3);
  expect(off / moved).toBeLessThan(1e-5);
}

/** Element by element: f(w, the elements of the others at its place). */
function combine(
  base: Parameters,
  others: readonly Parameters[],
  f: (w: number, others: number[]) => number,
): Parameters {
  return base.map((values, t) =>
    values.map((w, j) =>
      f(
        w,
        others.map((other) => other[t]![j]!),
      ),
    ),
  );
}

/** Trains the device's newest assignment from what the server holds for it and uploads the result. */
async function work(
  scenario: Scenario,
  deviceId: string,
  base: Parameters,
  seed: number,
  numBatches: number,
) {
  const result = await trainSteps(base, makeBatches(seed, numBatches), scenario.orderOf(deviceId).scheme);
  const samples = numBatches * 4;
  const outcome = scenario.upload(scenario.orderOf(deviceId), result.delta, { samples, steps: numBatches });
  expect(outcome).toMatchObject({ accepted: true });
  return result;
}

describe('one device with K = 1 and server rate 1', () => {
  it.each([fedBuff, ftte, { ...fedAsyncMixing, serverLearningRate: 1 }])(
    'under $name is plain SGD',
    async (strategy) => {
      const scenario = scenarioWith({ ...strategy, ...buffer(1) });
      scenario.start('a');
      for (let round = 0; round < 5; round++)
        await work(scenario, 'a', scenario.coordinator.parameters, round, 3);
      const batches = [0, 1, 2, 3, 4].flatMap((seed) => makeBatches(seed, 3));
      const sgd = await trainSteps(START, batches);
      expect(scenario.coordinator.version).toBe(5);
      expectClose(scenario.coordinator.parameters, sgd.trained, START);
    },
  );
});

describe('FedAvg', () => {
  const sizes = { a: 1, b: 2, c: 5 };

  async function twoRounds(scenario: Scenario): Promise<Parameters> {
    for (const [id, size] of Object.entries(sizes)) scenario.join(id, FULL_BYTES, '', 4 * size);
    for (const id of Object.keys(sizes)) scenario.ready(id);
    for (let round = 0; round < 2; round++) {
      const base = scenario.coordinator.parameters;
      for (const [id, size] of Object.entries(sizes)) await work(scenario, id, base, size + 10 * round, size);
    }
    expect(scenario.coordinator.version).toBe(2);
    return scenario.coordinator.parameters;
  }

  it('is the mean of the models of the cohort weighed by their samples', async () => {
    const result = await twoRounds(
      scenarioWith({ ...fedAvg, trigger: { kind: 'cohort', size: 3, deadlineMs: 0 } }),
    );
    let mean: Parameters = START;
    for (let round = 0; round < 2; round++) {
      const models: Parameters[] = [];
      for (const size of Object.values(sizes))
        models.push((await trainSteps(mean, makeBatches(size + 10 * round, size))).trained);
      mean = combine(mean, models, (_w, [a, b, c]) => (a! + 2 * b! + 5 * c!) / 8);
    }
    expectClose(result, mean, START);
  });

  it('is bit for bit the buffer of K = cohort with the full scheme and no staleness', async () => {
    const synchronous = { ...fedAvg, trigger: { kind: 'cohort', size: 3, deadlineMs: 0 } } as const;
    // Concurrency 3 and updates sent together: nobody is ever stale.
    const expected = await twoRounds(scenarioWith(synchronous));
    const scenario = createScenario(
      testConfig({ ...ftte, ...buffer(3), variance: { kind: 'none', exponent: 0 }, clipMultiple: 0 }),
      START,
    );
    for (const [id, size] of Object.entries(sizes)) scenario.join(id, FULL_BYTES, '', 4 * size);
    for (let round = 0; round < 2; round++) {
      for (const id of Object.keys(sizes)) scenario.ready(id);
      const base = scenario.coordinator.parameters;
      for (const [id, size] of Object.entries(sizes)) await work(scenario, id, base, size + 10 * round, size);
    }
    expect(scenario.coordinator.parameters).toEqual(expected);
  });
});

/** Device `late` trains on version 0 while `fresh` steps three times; then `late` comes in with tau = 3. */
async function lateUpdate(strategy: GivenStrategy) {
  const scenario = scenarioWith(strategy);
  scenario.start('late');
  scenario.start('fresh');
  for (let i = 0; i < 3; i++) await work(scenario, 'fresh', scenario.coordinator.parameters, i, 2);
  const before = scenario.coordinator.parameters;
  const late = await work(scenario, 'late', START, 9, 4);
  return { before, late, after: scenario.coordinator.parameters };
}

describe('FedAsync', () => {
  const weight = 0.6 * 0.5;

  it('in its delta form is FedBuff with K = 1: w += alpha s delta', async () => {
    const { before, late, after } = await lateUpdate(fedAsync);
    expectClose(
      after,
      combine(before, [late.trained, START], (w, [trained, base]) => w + weight * (trained! - base!)),
      before,
    );
    const buffered = await lateUpdate({ ...fedBuff, ...buffer(1), serverLearningRate: 0.6 });
    expect(after).toEqual(buffered.after);
  });

  it('in its own form mixes models: w = (1 - alpha s) w + alpha s w_k', async () => {
    const { before, late, after } = await lateUpdate(fedAsyncMixing);
    expectClose(
      after,
      combine(before, [late.trained], (w, [trained]) => (1 - weight) * w + weight * trained!),
      before,
    );
  });
});

describe('FedBuff', () => {
  it('with n = 1 and full coverage is (1/K) sum s delta, and ftte without variance gives the same', async () => {
    for (const strategy of [
      fedBuff,
      { ...ftte, maxSamples: 1, variance: { kind: 'none', exponent: 0 } } as Strategy,
    ]) {
      const scenario = scenarioWith({ ...strategy, ...buffer(3) });
      scenario.start('late');
      for (const id of ['a', 'b', 'c']) scenario.start(id);
      for (const [seed, id] of ['a', 'b', 'c'].entries()) await work(scenario, id, START, seed, 2);
      const before = scenario.coordinator.parameters;
      scenario.ready('a');
      const late = await work(scenario, 'late', START, 7, 4);
      const a = await work(scenario, 'a', before, 8, 1);
      const b = await work(scenario, 'b', START, 9, 2);
      expect(scenario.coordinator.version).toBe(2);
      const expected = combine(
        before,
        [START, late.trained, a.trained, b.trained],
        (w, [start, l, aa, bb]) => {
          const stale = Math.SQRT1_2;
          return w + (stale * (l! - start!) + (aa! - w) + stale * (bb! - start!)) / 3;
        },
      );
      expectClose(scenario.coordinator.parameters, expected, before);
    }
  });
});

describe('disjoint schemes that cover the model', () => {
  it('equal the full scheme for one local step on one batch', async () => {
    const schemes = [layerScheme(TINY_MODEL, ['dense1']), layerScheme(TINY_MODEL, ['dense2'])] as const;
    const scenario = scenarioOf(
      createCoordinator({
        config: testConfig({ ...ftte, ...buffer(2) }),
        model: TINY_MODEL,
        parameters: START,
        selectScheme: (_subset, budgets) => ({
          scheme: schemes[Math.min(...budgets) >= 1000 ? 0 : 1],
          deviceBytes: 1,
          trainedShare: 0.5,
        }),
      }),
    );
    scenario.start('first', 1000);
    scenario.start('second', 500);
    expect(scenario.orderOf('first').scheme).toEqual(schemes[0]);
    await work(scenario, 'first', START, 1, 1);
    await work(scenario, 'second', START, 1, 1);
    const full = await trainSteps(START, makeBatches(1, 1));
    expect(scenario.coordinator.version).toBe(1);
    expectClose(scenario.coordinator.parameters, full.trained, START);
  });
});

describe('a lone update with tau = 15 and no variance factor', () => {
  it('moves its parameters by exactly a quarter of its delta', () => {
    const scenario = createScenario(
      testConfig({ ...ftte, trigger: { kind: 'buffer', size: 2, deadlineMs: 100 } }),
      START,
    );
    const late = scenario.start('late');
    scenario.start('a');
    for (let i = 0; i < 15; i++) {
      scenario.upload(scenario.orderOf('a'), 0);
      scenario.wait(100);
    }
    const before = scenario.coordinator.parameters;
    expect(before).toEqual(START);
    const delta = Float32Array.from({ length: 23 }, (_, j) => Math.fround(Math.sin(j) / 10));
    expect(scenario.upload(late, delta, { samples: 37 })).toMatchObject({ staleness: 15 });
    scenario.wait(100);
    const flat = Float32Array.from(before.flatMap((values) => [...values]));
    const expected = flat.map((w, j) => w + 0.25 * delta[j]!);
    expect(Float32Array.from(scenario.coordinator.parameters.flatMap((values) => [...values]))).toEqual(
      expected,
    );
  });
});
