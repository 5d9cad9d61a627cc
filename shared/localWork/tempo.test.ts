import { expect, test } from 'vitest';
import { planTraining } from '../engine/planTraining.ts';
import { createReferenceTrainer } from '../engine/reference/referenceTrainer.ts';
import { fullScheme } from '../engine/scheme.ts';
import { decodeShard } from '../contract/shardCodec.ts';
import { trainLocally, type LocalTrainingOptions } from './localTraining.ts';
import { createTempo, type TempoTimes } from './tempo.ts';
import { createManualClock, type ManualClock } from './testing/manualClock.ts';
import { SMALL_TASK, smallShardData } from './testing/smallTask.ts';

const { signal } = new AbortController();
const PLAN = planTraining(SMALL_TASK.model, fullScheme(SMALL_TASK.model), { batch: 8 });
/** Ten steps of eight samples. */
const NUM_STEPS = 10;
const SHARD = decodeShard(smallShardData(80), 80, SMALL_TASK);

/** An update of a device whose steps take so long. */
async function train(
  clock: ManualClock,
  stepMs: number,
  { tempoMs, withinMs, ...change }: Partial<LocalTrainingOptions> & TempoTimes,
  firstStepMs = stepMs,
) {
  const trainer = createReferenceTrainer(PLAN);
  let numSteps = 0;
  const seen: { readonly step: number; readonly numSteps: number; readonly atMs: number }[] = [];
  const beganMs = clock.now();
  const result = await trainLocally({
    trainer: {
      ...trainer,
      step(batch, learningRate) {
        clock.advance(numSteps++ === 0 ? firstStepMs : stepMs);
        trainer.step(batch, learningRate);
      },
    },
    shard: SHARD,
    staging: SMALL_TASK,
    localWork: {
      batch: 8,
      epochs: 1,
      maxSteps: 100,
      learningRate: 0.1,
      ...(tempoMs !== undefined && { tempoMs }),
      ...(withinMs !== undefined && { withinMs }),
    },
    seed: 3,
    flopsPerSecond: 0,
    clock,
    signal,
    mayGoOn: () => Promise.resolve(false),
    stepped: (step, numSteps) => seen.push({ step, numSteps, atMs: clock.now() - beganMs }),
    ...change,
  });
  return { ...result!.summary, seen, tookMs: clock.now() - beganMs };
}

test('a fast device does all its steps and spreads them over the time, late timers or not', async () => {
  for (const lateMs of [0, 7]) {
    const update = await train(createManualClock(lateMs), 20, { tempoMs: 2000 });
    expect(update).toMatchObject({ steps: NUM_STEPS, stepMs: 20, overruns: 0, tookMs: 2000 + lateMs });
    expect(update.seen[5]!.atMs).toBe(5 * 200 + lateMs + 20);
  }
});

test('a slow device does the steps that fit, and at least one', async () => {
  const slow = await train(createManualClock(), 300, { tempoMs: 2000 });
  expect(slow).toMatchObject({ steps: 6, stepMs: 300, tookMs: 2000 });
  expect(slow.seen.map(({ numSteps }) => numSteps)).toEqual(Array(6).fill(6));
  expect(slow.noise).toBeGreaterThanOrEqual(0);
  const slowest = await train(createManualClock(), 5000, { tempoMs: 2000 });
  expect(slowest).toMatchObject({ steps: 1, noise: -1, tookMs: 5000 });
  expect(slowest.lossFirst).toBe(slowest.lossLast);
});

test('a slow first step leaves room for as many more as fit by the second one', async () => {
  const few = await train(createManualClock(), 100, { tempoMs: 1000 }, 500);
  expect(few).toMatchObject({ steps: 6, stepMs: 100 });
  expect(few.tookMs).toBeCloseTo(1000, 6);
  const all = await train(createManualClock(), 50, { tempoMs: 2000 }, 900);
  expect(all).toMatchObject({ steps: NUM_STEPS, stepMs: 50, tookMs: 2000 });
  expect(all.noise).toBeGreaterThanOrEqual(0);
  // As many as a first step allows are done, though the others are slower.
  expect(await train(createManualClock(), 200, { tempoMs: 1000 }, 100)).toMatchObject({ steps: NUM_STEPS });
});

test('within a time a slow device does the steps that fit, at least one, and a fast one does all and does not rest', async () => {
  expect(await train(createManualClock(), 300, { withinMs: 1000 })).toMatchObject({ steps: 3, tookMs: 900 });
  expect(await train(createManualClock(), 5000, { withinMs: 1000 })).toMatchObject({
    steps: 1,
    tookMs: 5000,
  });
  expect(await train(createManualClock(), 20, { withinMs: 1000 })).toMatchObject({
    steps: NUM_STEPS,
    tookMs: 200,
  });
});

test('the shorter of the two times says how many steps, the tempo how long they are spread', async () => {
  const both = await train(createManualClock(), 300, { tempoMs: 2000, withinMs: 1000 });
  expect(both).toMatchObject({ steps: 3, tookMs: 2000 });
  expect(await train(createManualClock(), 300, { tempoMs: 1000, withinMs: 2000 })).toMatchObject({
    steps: 3,
  });
});

test('without a tempo nothing rests and nothing is left out', async () => {
  expect(await train(createManualClock(), 300, {})).toMatchObject({ steps: NUM_STEPS, tookMs: 3000 });
});

test('an emulated device is sized by its emulated speed, and rests are no overruns', async () => {
  const flopsPerSecond = PLAN.flopsPerStep / 0.5;
  const update = await train(createManualClock(), 5, { tempoMs: 2200, flopsPerSecond });
  expect(update).toMatchObject({ steps: 4, overruns: 0 });
  expect(update.tookMs).toBeCloseTo(2200, 6);
  expect(update.stepMs).toBeCloseTo(500, 3);
});

test('a device that a teacher makes slow does the same steps and takes as many times as long', async () => {
  const update = await train(createManualClock(), 20, { tempoMs: 2000, slowdown: () => 10 });
  expect(update).toMatchObject({ steps: NUM_STEPS, stepMs: 200, tookMs: 20_000 });
});

test('a pause shortens no rest that comes after it', async () => {
  const clock = createManualClock();
  let numPassed = 0;
  const mayGoOn = (): Promise<boolean> => {
    const waits = ++numPassed === 4;
    if (waits) clock.advance(60_000);
    return Promise.resolve(waits);
  };
  const update = await train(clock, 20, { tempoMs: 2000, mayGoOn });
  expect(update).toMatchObject({ steps: NUM_STEPS, tookMs: 62_000 });
});

test('a tempo that is no time is refused by name', () => {
  expect(() => createTempo({ tempoMs: -1 }, createManualClock())).toThrow(
    'tempoMs must be a finite number >= 0, got -1',
  );
  expect(() => createTempo({ withinMs: NaN }, createManualClock())).toThrow('withinMs');
});
