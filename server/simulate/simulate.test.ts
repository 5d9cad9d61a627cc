import { afterAll, describe, expect, test, vi } from 'vitest';
import { initialParameters } from '../../shared/engine/initialParameters.ts';
import { numParameters, parametersOf } from '../../shared/engine/model.ts';
import { planTraining } from '../../shared/engine/planTraining.ts';
import { EMPTY_SCHEME, extentsOf, fullScheme } from '../../shared/engine/scheme.ts';
import { createWasmTrainer } from '../../shared/engine/wasm/wasmTrainer.ts';
import { travelPrecision } from '../../shared/contract/blockForm.ts';
import { deltaBytes } from '../../shared/contract/deltaBytes.ts';
import { shuffledBatches } from '../../shared/localWork/shard.ts';
import { createRandom, mixSeed } from '../../shared/random.ts';
import { createTaskOpener } from '../data/openTask.ts';
import { evaluateModel } from '../../shared/evaluate/evaluateModel.ts';
import { createComputePool } from './pool/computePool.ts';
import { simulate } from './simulate.ts';
import type { SimulationInput } from '../../shared/simulate/simulationConfig.ts';
import { loadSimulationData } from './simulationData.ts';
import { parseSimulationConfig } from '../../shared/simulate/simulationConfig.ts';
import type { World } from '../../shared/simulate/world.ts';

const FAST = { latencyMs: 10, downKBps: 4000, upKBps: 2000 };
const SLOW = { latencyMs: 50, downKBps: 500, upKBps: 200 };
/** Devices differ in all that they can, and come and go within a few updates. */
const RESTLESS: World = {
  classes: [
    {
      name: 'fast',
      share: 2,
      budgetBytes: 4_000_000,
      flopsPerSecond: 2e9,
      speedSpread: 0.4,
      network: FAST,
      networkSpread: 0.5,
    },
    {
      name: 'slow',
      share: 1,
      budgetBytes: 200_000,
      flopsPerSecond: 4e8,
      speedSpread: 0,
      network: SLOW,
      networkSpread: 0,
    },
  ],
  churn: { staySeconds: 4, awaySeconds: 2, dropOutShare: 0.15 },
};

function configure(changes: Partial<SimulationInput> = {}): SimulationInput {
  return {
    task: 'digits',
    devices: 12,
    seed: 5,
    strategyFields: { trigger: { size: 3, deviceShare: 0, deadlineMs: 2000 } },
    deal: 'dirichlet:0.5',
    samplesPerDevice: 16,
    localWork: { batch: 8, epochs: 1 },
    stragglers: { share: 0.5, factor: 5 },
    validationSamples: 75,
    world: RESTLESS,
    graceSeconds: 1,
    stop: { updates: 40 },
    ...changes,
  };
}

const COHORT: Partial<SimulationInput> = {
  strategy: 'fedavg',
  subset: 'weakest',
  strategyFields: { trigger: { size: 4, deadlineMs: 3000 } },
};

const pools = [1, 2, 3].map(createComputePool);
afterAll(() => Promise.all(pools.map((pool) => pool.close())));
// Each simulates several times, with data made anew.
vi.setConfig({ testTimeout: 240_000 });

describe('the same to the last digit', () => {
  test.each([
    ['buffered', {}],
    ['in cohorts', COHORT],
  ])('for one, two and three threads, and again: %s', async (_name, changes) => {
    const results = [];
    for (const pool of [...pools, pools[1]!]) {
      const { wallSeconds, ...figures } = await simulate(
        configure({ evaluateEverySeconds: 0.25, ...changes }),
        { pool },
      );
      expect(wallSeconds).toBeGreaterThan(0);
      results.push(JSON.stringify(figures));
    }
    expect(new Set(results).size).toBe(1);
    const figures = JSON.parse(results[0]!);
    // The scenario is one in which a race would show.
    expect(figures.accepted).toBe(40);
    expect(figures.versions).toBeGreaterThan(5);
    expect(figures.interrupted).toBeGreaterThan(0);
    expect(figures.curve.length).toBeGreaterThan(3);
  });

  test.each([
    ['tailored', { subset: 'tailored', freshness: 'every:3' }],
    ['rolling', { subset: 'rolling' }],
  ])('where the weak train a slice of the network: %s', async (_name, changes) => {
    const [fast, slow] = RESTLESS.classes as [World['classes'][0], World['classes'][0]];
    const world = { ...RESTLESS, classes: [fast, { ...slow, budgetBytes: 40_000 }] };
    const results = [];
    for (const pool of [pools[0]!, pools[2]!]) {
      const { wallSeconds: _, ...figures } = await simulate(configure({ world, ...changes }), { pool });
      results.push(figures);
    }
    expect(results[0]).toEqual(results[1]);
    const { byClass, schemes, diverged } = results[0]!;
    expect(byClass['slow']).toMatchObject({ refusedDevices: 0 });
    expect(byClass['slow']!.updates).toBeGreaterThan(0);
    expect(diverged).toBe(0);
    const shares = schemes.map(({ scheme, trainedShare }) => [scheme.width?.ratio ?? 1, trainedShare]);
    expect(shares).toContainEqual([1, 1]);
    expect(shares.some(([ratio, share]) => ratio! < 0.2 && share! < 0.2)).toBe(true);
  });

  test('where devices tell what the search goes by', async () => {
    const changes = { contributions: 'probes:3', searchSeconds: 0.5, stop: { updates: 60 } };
    const results = [];
    for (const pool of pools) {
      const { wallSeconds: _, ...figures } = await simulate(configure({ subset: 'weakest', ...changes }), {
        pool,
      });
      results.push(figures);
    }
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).toEqual(results[0]);
    const { probes, accepted, schemes, versions } = results[0]!;
    // Of each of the six groups three, and perhaps one to spare.
    expect(probes).toBeGreaterThanOrEqual(18);
    expect(probes).toBeLessThanOrEqual(30);
    expect(accepted).toBe(60);
    expect(versions).toBeGreaterThan(10);
    // First what the plain selection says, then what was found.
    expect(schemes.length).toBeGreaterThan(1);
  });

  test('and another for another seed', async () => {
    const pool = pools[1]!;
    const first = await simulate(configure({ seed: 1 }), { pool });
    const second = await simulate(configure({ seed: 2 }), { pool });
    expect(first.finalLoss).not.toBe(second.finalLoss);
    expect(first.virtualSeconds).not.toBe(second.virtualSeconds);
  });
});

/** One device that stays, of known speed. */
const ALONE: Partial<SimulationInput> = {
  devices: 1,
  up: 'float32',
  down: 'float32',
  deal: 'iid',
  strategyFields: {
    trigger: { size: 1, deviceShare: 0 },
    age: { exponent: 0 },
    variance: { kind: 'none', exponent: 0 },
    clipMultiple: 0,
  },
  subset: 'full',
  stragglers: { share: 1, factor: 2 },
  world: {
    classes: [
      {
        name: 'only',
        share: 1,
        budgetBytes: 4_000_000,
        flopsPerSecond: 2e9,
        network: { latencyMs: 20, downKBps: 1000, upKBps: 250 },
      },
    ],
  },
  stop: { updates: 3 },
};

test('one device is plain SGD over its shard, in the time and bytes that its speed and network give', async () => {
  const input = configure(ALONE);
  const result = await simulate(input, { pool: pools[0]! });

  const config = parseSimulationConfig(input);
  const { task, train, test, shards } = await loadSimulationData(config, createTaskOpener(''), '');
  const { model } = task;
  const plan = planTraining(model, fullScheme(model), { batch: 8, budgetBytes: 4_000_000 });
  const trainer = createWasmTrainer(plan, 'simd');
  const indices = initialParameters(model, 5).map((_, index) => index);
  trainer.load(indices, initialParameters(model, 5));
  const seeds = createRandom(mixSeed(5));
  const sampleSize = train.inputs.length / train.count;
  const inputs = new Uint8Array(16 * sampleSize);
  const samples = [...shards[0]!];
  samples.forEach((sample, i) =>
    inputs.set(train.inputs.subarray(sample * sampleSize, (sample + 1) * sampleSize), i * sampleSize),
  );
  const labels = Uint8Array.from(samples, (sample) => train.labels[sample]!);
  for (let update = 0; update < 3; update++) {
    const shard = { samples: 16, sampleSize, inputs, labels };
    const batches = shuffledBatches(shard, 8, task, seeds.integer(2 ** 31));
    for (let step = 0; step < 2; step++) trainer.step(batches.next().value, task.localWork.learningRate);
  }
  const scorer = createWasmTrainer(planTraining(model, EMPTY_SCHEME, { batch: 50 }), 'simd');
  const expected = await evaluateModel(scorer, { ...task, test }, await trainer.read());
  expect(result.finalLoss).toBeCloseTo(expected.loss, 5);
  expect(result.finalAccuracy).toBeCloseTo(expected.accuracy, 3);

  const modelBytes = 4 * numParameters(model);
  expect(result.payloadUpBytes).toBe(3 * modelBytes);
  expect(result.payloadDownBytes).toBe(3 * modelBytes);
  const flops = 2 * plan.flopsPerStep;
  expect(result.totalFlops).toBe(3 * flops);
  const updateMs = 20 + modelBytes / 1000 + (flops / 1e9) * 1000 + 20 + modelBytes / 250;
  expect(result.virtualSeconds).toBeCloseTo((3 * 20 + 3 * updateMs) / 1000, 5);
  expect(result.deviceBytesMean).toBe(plan.deviceBytes);
  expect(result.stragglerWeightShare).toBe(1);
});

test('frozen blocks travel once', async () => {
  // 200,000 bytes are too few for the whole model.
  const input = configure({ ...ALONE, subset: 'weakest', budgetBytes: 200_000 });
  const result = await simulate(input, { pool: pools[0]! });
  const { task } = await loadSimulationData(parseSimulationConfig(input), createTaskOpener(''), '');
  const modelBytes = 4 * numParameters(task.model);
  expect(result.payloadUpBytes).toBeLessThan(3 * modelBytes);
  expect(result.payloadDownBytes).toBeLessThan(3 * modelBytes);
  expect(result.payloadDownBytes).toBeGreaterThan(modelBytes);
  expect(result.deviceBytesMax).toBeLessThanOrEqual(200_000);
});

test('messages take the bytes of their encoding', async () => {
  const input = configure({ ...ALONE, up: 'topk:0.1', down: 'float16' });
  const result = await simulate(input, { pool: pools[0]! });
  const { task } = await loadSimulationData(parseSimulationConfig(input), createTaskOpener(''), '');
  const sizes = parametersOf(task.model).map(({ size }) => size);
  expect(result.payloadUpBytes).toBe(3 * deltaBytes(sizes, { kind: 'topK', share: 0.1 }));
  expect(result.payloadDownBytes).toBe(3 * 2 * numParameters(task.model));
});

test('parameters in int4 take half a byte where they are many, and train as in float32', async () => {
  const input = configure({ ...ALONE, down: 'int4', stop: { updates: 30 } });
  const result = await simulate(input, { pool: pools[0]! });
  const { task } = await loadSimulationData(parseSimulationConfig(input), createTaskOpener(''), '');
  const bytes = parametersOf(task.model).map(
    (parameter) => travelPrecision(extentsOf(parameter), 'int4').bytes,
  );
  const modelBytes = bytes.reduce((sum, size) => sum + size, 0);
  expect(modelBytes).toBeLessThan(0.65 * numParameters(task.model));
  expect(result.payloadDownBytes).toBe(30 * modelBytes);
  const exact = await simulate({ ...input, down: 'float32' }, { pool: pools[0]! });
  expect(exact.finalAccuracy).toBeGreaterThan(0.2);
  expect(Math.abs(result.finalAccuracy! - exact.finalAccuracy!)).toBeLessThan(0.03);
});

test('a probe takes the time and the download of its assignment, and no upload', async () => {
  const stop = { virtualSeconds: 8 };
  const options = { pool: pools[0]! };
  const probed = await simulate(
    configure({ ...ALONE, subset: 'weakest', contributions: 'probes', stop }),
    options,
  );
  const trained = await simulate(configure({ ...ALONE, subset: 'weakest', stop }), options);
  expect(probed.probes).toBeGreaterThan(0);
  expect(probed.accepted).toBeGreaterThan(0);
  expect(probed.accepted).toBeLessThan(trained.accepted);
  expect(probed.payloadUpBytes * trained.accepted).toBe(trained.payloadUpBytes * probed.accepted);
  expect(probed.payloadDownBytes / probed.accepted).toBeGreaterThan(
    trained.payloadDownBytes / trained.accepted,
  );
  expect(probed.totalFlops / probed.accepted).toBeGreaterThan(trained.totalFlops / trained.accepted);
});

test('a device for which there is no scheme is counted and trains nothing', async () => {
  const [fast, slow] = RESTLESS.classes;
  const world = { classes: [fast!, { ...slow!, budgetBytes: 1000 }] };
  const { byClass, accepted } = await simulate(configure({ world }), { pool: pools[1]! });
  expect(accepted).toBe(40);
  expect(byClass['slow']).toMatchObject({ devices: 4, refusedDevices: 4, updates: 0 });
  expect(byClass['fast']!.updates).toBe(40);
});

test('when nobody can train, it ends by itself', async () => {
  const { stoppedBy, updates, finalAccuracy } = await simulate(
    configure({ budgetBytes: 1000, stop: { updates: 1 } }),
    { pool: pools[1]! },
  );
  expect(stoppedBy).toBe('stalled');
  expect(updates).toBe(0);
  expect(finalAccuracy).toBeGreaterThanOrEqual(0);
});

test('interrupted, it gives what there is', async () => {
  const abort = new AbortController();
  const result = await simulate(configure({ stop: { updates: 100_000 } }), {
    pool: pools[1]!,
    signal: abort.signal,
    onProgress: ({ updates }) => {
      if (updates === 10) abort.abort();
    },
  });
  expect(result).toMatchObject({ partial: true, stoppedBy: 'interrupted', updates: 10 });
  expect(result.curve.length).toBeGreaterThan(0);
  expect(result.finalLoss).toBeGreaterThan(0);
});

test('stops at a virtual time, and when the target has been reached three times in a row', async () => {
  const pool = pools[1]!;
  const timed = await simulate(configure({ stop: { virtualSeconds: 2.5 } }), { pool });
  expect(timed).toMatchObject({ stoppedBy: 'virtualSeconds', virtualSeconds: 2.5 });
  expect(timed.curve.map(({ virtualSeconds }) => virtualSeconds)).toEqual([0, 1, 2]);
  const reached = await simulate(configure({ stop: { untilTarget: true }, target: 0.05 }), { pool });
  expect(reached.stoppedBy).toBe('target');
  expect(reached.curve.at(-3)!.virtualSeconds).toBe(reached.timeToTarget);
});

test('the recall of each class is told, and which of them stragglers are tied to', async () => {
  const stragglers = { share: 0.3, factor: 5, tiedTo: 'labels' } as const;
  const result = await simulate(configure({ stragglers }), { pool: pools[1]! });
  expect(result.recalls).toHaveLength(10);
  // As many of each class are in the test set, or nearly: their mean is the accuracy.
  const mean = result.recalls.reduce((sum, recall) => sum + recall, 0) / 10;
  expect(Math.abs(mean - result.finalAccuracy)).toBeLessThan(0.03);
  expect(result.slowClasses).toHaveLength(3);
  expect(result.personal).toEqual([]);
});

test('personal models are judged by samples that nobody trained on, beside the shared one', async () => {
  const stop = { updates: 60 };
  const input = configure({ personal: true, samplesPerDevice: 60, deal: 'dirichlet:0.1', stop });
  const [one, two] = await Promise.all([
    simulate(input, { pool: pools[0]! }),
    simulate(input, { pool: pools[2]! }),
  ]);
  expect(two!.personal).toEqual(one!.personal);
  expect(one!.personal.map(({ device }) => device)).toEqual(Array.from({ length: 12 }, (_, i) => i));
  for (const each of one!.personal) {
    expect(each.trainingSamples + each.heldOutSamples).toBe(60);
    expect(each.heldOutSamples).toBeGreaterThanOrEqual(8);
    expect(each.heldOutSamples).toBeLessThanOrEqual(12);
    // Right answers of so many.
    const right = each.personalAccuracy * each.heldOutSamples;
    expect(Math.abs(right - Math.round(right))).toBeLessThan(1e-6);
    expect(each.trains).toBe('head');
  }
  // Each device has a few classes of ten: who knows which is better off by far.
  const mean = (of: 'sharedAccuracy' | 'personalAccuracy') =>
    one!.personal.reduce((sum, each) => sum + each[of], 0) / 12;
  expect(mean('personalAccuracy')).toBeGreaterThan(mean('sharedAccuracy') + 0.1);
});

test('a device that can fine-tune nothing goes by the shared model', async () => {
  const input = configure({
    personal: true,
    samplesPerDevice: 40,
    budgetBytes: 20_000,
    stop: { updates: 4 },
  });
  const { personal } = await simulate(input, { pool: pools[1]! });
  for (const each of personal) {
    expect(each.trains).toBeNull();
    expect(each.personalAccuracy).toBe(each.sharedAccuracy);
  }
});
