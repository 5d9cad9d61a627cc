// The device's own data, cut into shuffled batches. It never leaves the Worker.
// Knows nothing of training or of the server.

import type { Batch } from '../engine/trainer.ts';
import { createRandom } from '../random.ts';

/** What a device trains on. */
export interface Shard {
  readonly samples: number;
  readonly sampleSize: number;
  /** `[samples, sampleSize]`, row-major: uint8 to be staged, or float32 taken as it is. */
  readonly inputs: Uint8Array | Float32Array;
  /** `[samples]` class indices; not read where there are targets. */
  readonly labels: Uint8Array;
  /** `[samples, outputs]`, where the model's loss is not softmax cross-entropy. */
  readonly targets?: Float32Array;
}

/** Staging of uint8 inputs: `value * scale + offset`. */
export interface Staging {
  readonly scale: number;
  readonly offset: number;
}

/** Local steps of `epochs` passes in batches of `batch`, the partial last ones included; at most `maxSteps`. */
export function countSteps(samples: number, batch: number, epochs: number, maxSteps: number): number {
  return Math.min(maxSteps, epochs * Math.ceil(samples / batch));
}

/**
 * Endless batches over the shard, every epoch in a new order that follows from `seed`. The last batch of an epoch holds
 * what is left. The yielded batch is one object, filled anew each time: use it before asking for the next.
 */
export function* shuffledBatches(
  shard: Shard,
  size: number,
  staging: Staging,
  seed: number,
): Generator<Batch, never> {
  const { samples, sampleSize, targets: truth } = shard;
  const outputs = truth ? truth.length / samples : 0;
  const random = createRandom(seed);
  const order = Uint32Array.from({ length: samples }, (_, i) => i);
  const isFloat = shard.inputs instanceof Float32Array;
  const inputs = isFloat ? new Float32Array(size * sampleSize) : new Uint8Array(size * sampleSize);
  const labels = new Uint8Array(truth ? 0 : size);
  const targets = new Float32Array(size * outputs);
  for (;;) {
    random.shuffle(order);
    for (let from = 0; from < samples; from += size) {
      const count = Math.min(size, samples - from);
      for (let i = 0; i < count; i++) {
        const sample = order[from + i]!;
        inputs.set(shard.inputs.subarray(sample * sampleSize, (sample + 1) * sampleSize), i * sampleSize);
        if (truth) targets.set(truth.subarray(sample * outputs, (sample + 1) * outputs), i * outputs);
        else labels[i] = shard.labels[sample]!;
      }
      yield { inputs, labels, targets, count, scale: staging.scale, offset: staging.offset };
    }
  }
}
