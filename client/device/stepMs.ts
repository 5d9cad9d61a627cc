// How long a step of a plan takes on a trainer: one runner's time in the race between WebGPU and WebAssembly.

import { sizeOf } from '../../shared/engine/shapes.ts';
import type { Trainer } from '../../shared/engine/trainer.ts';

const RACE_MS = 80;
const MOST_RACE_STEPS = 50;

/** Mean time of a step on zeros, after one that is not counted; disposes of the trainer. */
export async function stepMs(trainer: Trainer, now: () => number): Promise<number> {
  const { plan } = trainer;
  const outputs = plan.tensors[plan.io.train.logits]!.size / plan.microBatch;
  const batch = {
    inputs: new Uint8Array(plan.batch * sizeOf(plan.model.input)),
    labels: new Uint8Array(plan.batch),
    targets: new Float32Array(plan.batch * outputs),
    count: plan.batch,
  };
  try {
    trainer.beginUpdate();
    trainer.step(batch, 0);
    await trainer.takeMetrics();
    const startedMs = now();
    let steps = 0;
    while (steps < MOST_RACE_STEPS && (steps === 0 || now() - startedMs < RACE_MS)) {
      trainer.step(batch, 0);
      steps++;
      await trainer.queueReady?.();
    }
    await trainer.takeMetrics();
    return (now() - startedMs) / steps;
  } catch {
    return Infinity;
  } finally {
    trainer.dispose();
  }
}
