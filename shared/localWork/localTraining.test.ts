import { describe, expect, test } from 'vitest';
import { DivergenceError } from '../engine/errors.ts';
import { initialParameters } from '../engine/initialParameters.ts';
import { planTraining } from '../engine/planTraining.ts';
import { createReferenceTrainer } from '../engine/reference/referenceTrainer.ts';
import { fullScheme } from '../engine/scheme.ts';
import type { Trainer } from '../engine/trainer.ts';
import { createWasmTrainer } from '../engine/wasm/wasmTrainer.ts';
import { trainLocally, type LocalTrainingOptions } from './localTraining.ts';
import { decodeShard } from '../contract/shardCodec.ts';
import { shuffledBatches } from './shard.ts';
import { createManualClock } from './testing/manualClock.ts';
import { SMALL_TASK, smallShardData } from './testing/smallTask.ts';

const PLAN = planTraining(SMALL_TASK.model, fullScheme(SMALL_TASK.model), { batch: 8 });
const SHARD = decodeShard(smallShardData(50), 50, SMALL_TASK);
const LOCAL_WORK = { batch: 8, epochs: 2, maxSteps: 100, learningRate: 0.1 };
const START = initialParameters(SMALL_TASK.model, 5);

function loaded(trainer: Trainer): Trainer {
  trainer.load([...START.keys()], START);
  return trainer;
}

function optionsFor(trainer: Trainer, change: Partial<LocalTrainingOptions> = {}): LocalTrainingOptions {
  return {
    trainer,
    shard: SHARD,
    staging: SMALL_TASK,
    localWork: LOCAL_WORK,
    seed: 3,
    flopsPerSecond: 0,
    clock: createManualClock(),
    signal: new AbortController().signal,
    mayGoOn: () => Promise.resolve(false),
    stepped: () => undefined,
    ...change,
  };
}

describe.each([
  ['reference', createReferenceTrainer],
  ['wasm', createWasmTrainer],
] as const)('local training by the %s trainer', (_, createTrainer) => {
  test('gives the delta of plain SGD over the same batches, looked at halfway or not', async () => {
    const result = await trainLocally(optionsFor(loaded(createTrainer(PLAN))));
    const plain = loaded(createTrainer(PLAN));
    const batches = shuffledBatches(SHARD, 8, SMALL_TASK, 3);
    plain.beginUpdate();
    for (let step = 0; step < 14; step++) plain.step(batches.next().value, LOCAL_WORK.learningRate);
    const expected = await plain.finishUpdate();
    expect(result!.summary.steps).toBe(14);
    const largest = Math.max(...expected.map(Math.abs));
    expected.forEach((value, i) => expect(Math.abs(result!.delta[i]! - value)).toBeLessThan(1e-5 * largest));
  });

  test('reports losses that fall and halves that partly agree', async () => {
    const { summary } = (await trainLocally(optionsFor(loaded(createTrainer(PLAN)))))!;
    expect(summary.samples).toBe(50);
    expect(summary.lossLast).toBeLessThan(summary.lossFirst);
    expect(summary.noise).toBeGreaterThan(0);
    expect(summary.noise).toBeLessThan(1);
  });
});

test('without the noise the delta and the rest of the summary are the same, and a divergence shows', async () => {
  const carried = new Float32Array(PLAN.parameterIds.reduce((sum, id) => sum + PLAN.tensors[id]!.size, 0));
  carried.fill(0.01);
  const run = (change: Partial<LocalTrainingOptions>) =>
    trainLocally(optionsFor(loaded(createWasmTrainer(PLAN)), { carried, ...change }));
  const [told, untold] = [await run({}), await run({ measuresNoise: false })];
  expect(untold!.summary).toEqual({ ...told!.summary, noise: -1 });
  expect(untold!.delta).toEqual(told!.delta);
  const localWork = { ...LOCAL_WORK, learningRate: 1e30 };
  await expect(run({ localWork, measuresNoise: false })).rejects.toThrow(DivergenceError);
});

test('a single step cannot tell noise', async () => {
  const localWork = { ...LOCAL_WORK, maxSteps: 1 };
  const { summary } = (await trainLocally(optionsFor(loaded(createReferenceTrainer(PLAN)), { localWork })))!;
  expect(summary.noise).toBe(-1);
  expect(summary.lossFirst).toBe(summary.lossLast);
});

test('a paced update takes its planned time, partial batches their share', async () => {
  const clock = createManualClock();
  const flopsPerSecond = PLAN.flopsPerStep * 10;
  const options = optionsFor(loaded(createReferenceTrainer(PLAN)), { clock, flopsPerSecond });
  const { summary } = (await trainLocally(options))!;
  expect(clock.now() - 1000).toBeCloseTo((2 * 50 * 100) / 8, 6);
  expect(summary.stepMs).toBeCloseTo(100, 3);
  expect(summary.overruns).toBe(0);
});

test('work that diverges stops with an error that says so, and the old parameters are back', async () => {
  const trainer = loaded(createWasmTrainer(PLAN, 'simd'));
  const before = await trainer.read();
  const steps: number[] = [];
  const training = trainLocally(
    optionsFor(trainer, {
      localWork: { ...LOCAL_WORK, learningRate: 1e30 },
      stepped: (step) => steps.push(step),
    }),
  );
  await expect(training).rejects.toMatchObject({ name: 'DivergenceError', code: 'divergence' });
  expect(steps.length).toBeGreaterThan(0);
  expect(await trainer.read()).toEqual(before);
});

test('aborted work ends before its next step', async () => {
  const abort = new AbortController();
  const steps: number[] = [];
  const options = optionsFor(loaded(createReferenceTrainer(PLAN)), {
    signal: abort.signal,
    stepped(step) {
      steps.push(step);
      if (step === 3) abort.abort();
    },
  });
  expect(await trainLocally(options)).toBeNull();
  expect(steps).toEqual([1, 2, 3]);
});
