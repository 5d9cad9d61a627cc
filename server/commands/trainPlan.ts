// `npm run plan -- --run N`: trains a plan for real, so that its figures can be believed.

import { initialParameters } from '../../shared/engine/initialParameters.ts';
import { sizeOf } from '../../shared/engine/shapes.ts';
import { outputsOf } from '../../shared/engine/batching.ts';
import type { TrainingPlan } from '../../shared/engine/plan.ts';
import type { Batch } from '../../shared/engine/trainer.ts';
import { createWasmTrainer } from '../../shared/engine/wasm/wasmTrainer.ts';
import { createRandom } from '../../shared/random.ts';
import { generateDigits } from '../../shared/tasks/digits/generateDigits.ts';
import { findTask } from '../../shared/tasks/tasks.ts';
import { takeSamples } from '../../shared/tasks/deal.ts';
import type { OpenedTask } from '../data/openTask.ts';

export interface PlanRun {
  /** What was trained on. */
  readonly data: string;
  readonly steps: number;
  /** Mean loss of the first and of the last tenth of the steps. */
  readonly lossFirst: number;
  readonly lossLast: number;
  /** Median. */
  readonly stepMs: number;
  readonly backend: string;
  /** Length of the memory after the last step. */
  readonly allocatedBytes: number;
}

/**
 * Makes that many steps on the task's samples; without a task on drawn digits, or on seeded random samples where the model takes
 * other pictures.
 */
export async function trainPlan(
  plan: TrainingPlan,
  numSteps: number,
  seed: number,
  opened: OpenedTask | null = null,
): Promise<PlanRun> {
  const isDigits = sizeOf(plan.model.input) === 784 && outputsOf(plan) === 10;
  const source = opened ?? (isDigits ? { task: findTask('digits'), data: generateDigits(seed) } : null);
  const { learningRate } = (source?.task ?? findTask('digits')).localWork;
  const nextBatch = source ? taskBatches(plan, source, seed) : randomBatches(plan, seed);
  const trainer = createWasmTrainer(plan);
  const parameters = opened?.start ?? initialParameters(plan.model, seed);
  trainer.load([...parameters.keys()], parameters);
  trainer.beginUpdate();
  const losses: number[] = [];
  const times: number[] = [];
  for (let step = 0; step < numSteps; step++) {
    const batch = nextBatch();
    const startedMs = performance.now();
    trainer.step(batch, learningRate, step);
    times.push(performance.now() - startedMs);
    const { lossSum, samples } = await trainer.takeMetrics();
    losses.push(lossSum / samples);
  }
  const tenth = Math.max(1, Math.floor(numSteps / 10));
  const run = {
    data: opened ? opened.task.title : isDigits ? 'drawn digits' : 'one random batch, learnt by heart',
    steps: numSteps,
    lossFirst: mean(losses.slice(0, tenth)),
    lossLast: mean(losses.slice(-tenth)),
    stepMs: times.sort((a, b) => a - b)[numSteps >> 1]!,
    backend: trainer.backend,
    allocatedBytes: trainer.allocatedBytes,
  };
  trainer.dispose();
  return run;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function taskBatches(
  { batch }: TrainingPlan,
  { task, data: { train } }: OpenedTask,
  seed: number,
): () => Batch {
  const { scale, offset } = task;
  const order = createRandom(seed).shuffle(Array.from({ length: train.count }, (_, index) => index));
  let next = 0;
  return () => {
    const samples = Array.from({ length: batch }, () => order[next++ % order.length]!);
    const { count, inputs, labels, targets } = takeSamples(train, samples);
    return { inputs, labels, ...(targets && { targets }), count, scale, offset };
  };
}

/** The same batch over and over. */
function randomBatches(plan: TrainingPlan, seed: number): () => Batch {
  const random = createRandom(seed);
  const { batch: count } = plan;
  const outputs = outputsOf(plan);
  const batch: Batch = {
    inputs: Float32Array.from({ length: count * sizeOf(plan.model.input) }, () => random.normal()),
    labels: Uint8Array.from({ length: count }, () => random.integer(outputs)),
    targets: Float32Array.from({ length: count * outputs }, () => random.integer(2)),
    count,
  };
  return () => batch;
}
