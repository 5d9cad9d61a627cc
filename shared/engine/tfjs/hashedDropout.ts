// Dropout with the engine's own choice of elements (dropoutHash.ts), for TensorFlow.js, whose own is of its own seed.

import * as tf from '@tensorflow/tfjs-core';
import { dropoutHash } from '../dropoutHash.ts';
import type { DropoutLayer } from '../layers/dropout.ts';
import { sizeOf } from '../shapes.ts';

/**
 * What `ForwardOptions.dropout` wants, for the step of that seed; `from` is the index in the batch of the first sample.
 * The factors are worked out here and uploaded: TensorFlow.js has no 32-bit integer product.
 */
export function hashedDropout(stepSeed: number, from = 0) {
  return (x: tf.Tensor, { rate }: DropoutLayer, index: number): tf.Tensor => {
    const first = from * sizeOf(x.shape.slice(1));
    const factors = Float32Array.from({ length: x.size }, (_, i) =>
      dropoutHash(stepSeed, index, first + i) >= rate ? 1 / (1 - rate) : 0,
    );
    return tf.mul(x, tf.tensor(factors, x.shape));
  };
}
