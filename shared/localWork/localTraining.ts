// One assignment's local work: passes over the shard in seeded order, paced, interruptible between any two steps.
// Knows nothing of the server: what goes in is a trainer with its parameters loaded, what comes out is a summary.

import { DivergenceError } from '../engine/errors.ts';
import type { Trainer } from '../engine/trainer.ts';
import type { LocalWork, UpdateHeader } from '../contract/messages.ts';
import type { Clock } from './clock.ts';
import { halvesNoise } from './halvesNoise.ts';
import { createPacer } from './pacing.ts';
import { createTempo } from './tempo.ts';
import { countSteps, shuffledBatches, type Shard, type Staging } from './shard.ts';

export interface LocalTrainingOptions {
  readonly trainer: Trainer;
  readonly shard: Shard;
  readonly staging: Staging;
  readonly localWork: LocalWork;
  readonly seed: number;
  readonly flopsPerSecond: number;
  readonly clock: Clock;
  /** Steps take so many times as long, as things stand; default 1. */
  readonly slowdown?: () => number;
  /** What of earlier work did not travel, added to the base; may be the trainer's own delta. */
  readonly carried?: Float32Array | null;
  /** Whether the summary is to tell the noise, which costs up to three looks at the whole update; default: yes. */
  readonly measuresNoise?: boolean;
  /** Aborted: the work stops before its next step and nothing of the trainer is touched any more. */
  readonly signal: AbortSignal;
  /** Resolves while work may go on; called before each step. True when it had to wait. */
  readonly mayGoOn: () => Promise<boolean>;
  /** After each step; `stepMs` is its time, the waiting for its planned end included, but no rest. */
  readonly stepped: (step: number, numSteps: number, stepMs: number) => void;
}

/** What the header of an update says of the local work. */
export type LocalTrainingSummary = Pick<
  UpdateHeader,
  'steps' | 'samples' | 'lossFirst' | 'lossLast' | 'noise' | 'stepMs' | 'overruns'
>;

export interface LocalTrainingResult {
  readonly summary: LocalTrainingSummary;
  /** As `finishUpdate` gave it: a view inside the arena. */
  readonly delta: Float32Array;
}

/**
 * Trains from `beginUpdate` up to `finishUpdate`: the delta then lies in the trainer's arena. Resolves with null when
 * aborted. Losses are read in the middle and at the end only, so that a backend with a queue is drained twice an update.
 * Rejects with DivergenceError where the losses or the update are not finite; the trainer then holds its old parameters.
 */
export async function trainLocally(options: LocalTrainingOptions): Promise<LocalTrainingResult | null> {
  const { trainer, shard, localWork, clock, signal, measuresNoise = true } = options;
  const { plan } = trainer;
  const mostSteps = countSteps(shard.samples, localWork.batch, localWork.epochs, localWork.maxSteps);
  let numSteps = mostSteps;
  const batches = shuffledBatches(shard, localWork.batch, options.staging, options.seed);
  const stepTimes = new Float32Array(mostSteps);
  let lossFirst = 0;
  let firstHalf: Float32Array | null = null;

  await trainer.takeMetrics();
  trainer.beginUpdate(options.carried ?? undefined);
  const begun = options.carried && measuresNoise ? await trainer.sketchUpdate() : null;
  if (signal.aborted) return null;
  const pacer = createPacer(options.flopsPerSecond, clock, options.slowdown);
  const tempo = createTempo(localWork, clock, options.slowdown);
  for (let step = 0; step < numSteps; step++) {
    const hasWaited = await options.mayGoOn();
    if (signal.aborted) return null;
    if (hasWaited) {
      pacer.restart();
      tempo.restart();
    }
    const startedMs = clock.now();
    const batch = batches.next().value;
    trainer.step(batch, localWork.learningRate);
    await trainer.queueReady?.();
    if (signal.aborted) return null;
    const flops = plan.flopsPerStep * (batch.count / plan.batch);
    if (step < 2) {
      // After a slow first step the middle may come once more, later: the later one counts.
      numSteps = tempo.settle(mostSteps, Math.max(clock.now() - startedMs, pacer.plannedMs(flops)));
    }
    const half = Math.floor(numSteps / 2);
    if (step + 1 === half) {
      // Without it: what is not finite halfway is not at the end.
      if (measuresNoise) firstHalf = await trainer.sketchUpdate();
      if (signal.aborted) return null;
      lossFirst = await takeMeanLoss(trainer);
      if (signal.aborted) return null;
      expectFinite(trainer, half, lossFirst, firstHalf);
    }
    await pacer.stepDone(flops, signal);
    if (signal.aborted) return null;
    stepTimes[step] = clock.now() - startedMs;
    options.stepped(step + 1, numSteps, stepTimes[step]!);
    const hasRested = await tempo.rest(signal);
    if (signal.aborted) return null;
    if (hasRested) pacer.restart();
  }
  const lossLast = await takeMeanLoss(trainer);
  if (signal.aborted) return null;
  const isFinite = !measuresNoise && trainer.isUpdateFinite?.();
  const whole = isFinite ? null : await trainer.sketchUpdate();
  if (signal.aborted) return null;
  expectFinite(trainer, numSteps, lossLast, whole);
  const delta = await trainer.finishUpdate();
  const summary = {
    steps: numSteps,
    samples: shard.samples,
    lossFirst: numSteps > 1 ? lossFirst : lossLast,
    lossLast,
    noise: firstHalf && whole ? halvesNoise(sinceBegun(firstHalf), sinceBegun(whole)) : -1,
    stepMs: stepTimes.subarray(0, numSteps).sort()[numSteps >> 1]!,
    overruns: pacer.overruns,
  };
  return { summary, delta };

  /** A sketch without what was carried. */
  function sinceBegun(sketch: Float32Array): Float32Array {
    return begun ? sketch.map((sum, i) => sum - begun[i]!) : sketch;
  }
}

/** The sketch sums over all of the update: whatever in it is not finite shows. */
function expectFinite(trainer: Trainer, step: number, loss: number, sketch: Float32Array | null): void {
  if (Number.isFinite(loss) && (sketch?.every(Number.isFinite) ?? true)) return;
  trainer.abandonUpdate();
  throw new DivergenceError(step, Number.isFinite(loss) ? 'the update is not finite' : `the loss is ${loss}`);
}

async function takeMeanLoss(trainer: Trainer): Promise<number> {
  const { lossSum, samples } = await trainer.takeMetrics();
  return lossSum / samples;
}
