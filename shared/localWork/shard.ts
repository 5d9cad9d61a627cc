// The device's own data: samples as bytes, cut into shuffled batches. It never leaves the Worker.
// Knows nothing of training or of the server.

import type { Batch } from '../engine/trainer.ts';
import { createRandom } from '../random.ts';

/** `inputs`: `[samples, sampleSize]` uint8, row-major; `labels`: `[samples]` class indices. */
export interface Shard {
  readonly samples: number;
  readonly sampleSize: number;
  readonly inputs: Uint8Array;
  readonly labels: Uint8Array;
}

/** Staging of uint8 inputs: `value * scale + offset`. */
export interface Staging {
  readonly scale: number;
  readonly offset: number;
}

/**
 * Reads a shard from `inputs` and then `labels` in one buffer, which it keeps.
 * Throws RangeError when the length is not `samples * (sampleSize + 1)` bytes, or there are no samples.
 */
export function parseShard(data: ArrayBuffer, samples: number, sampleSize: number): Shard {
  const expected = samples * (sampleSize + 1);
  if (!(samples >= 1) || data.byteLength !== expected) {
    throw new RangeError(
      `a shard of ${samples} samples must be ${expected} bytes with at least one sample, got ${data.byteLength}`,
    );
  }
  const bytes = new Uint8Array(data);
  const end = samples * sampleSize;
  return { samples, sampleSize, inputs: bytes.subarray(0, end), labels: bytes.subarray(end) };
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
  const { samples, sampleSize } = shard;
  const random = createRandom(seed);
  const order = Uint32Array.from({ length: samples }, (_, i) => i);
  const inputs = new Uint8Array(size * sampleSize);
  const labels = new Uint8Array(size);
  for (;;) {
    random.shuffle(order);
    for (let from = 0; from < samples; from += size) {
      const count = Math.min(size, samples - from);
      for (let i = 0; i < count; i++) {
        const sample = order[from + i]!;
        inputs.set(shard.inputs.subarray(sample * sampleSize, (sample + 1) * sampleSize), i * sampleSize);
        labels[i] = shard.labels[sample]!;
      }
      yield { inputs, labels, count, scale: staging.scale, offset: staging.offset };
    }
  }
}
