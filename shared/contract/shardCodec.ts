// A demo shard <-> one contiguous buffer. What lies in it follows from the task:
//
//     | inputs: [samples, sampleSize] uint8 or float32 | labels: [samples] uint8, or targets: [samples, outputs] float32 |
//
// Little endian, without header or padding. Knows nothing of messages or of how shards are dealt.

import { sizeOf } from '../engine/shapes.ts';
import { numOutputs } from '../engine/model.ts';
import type { Shard } from '../localWork/shard.ts';
import type { Dataset } from '../tasks/task.ts';
import { bytesToFloats } from './codec.ts';
import type { TaskInfo } from './messages.ts';

const FLOAT_BYTES = 4;

/** In a fresh buffer. */
export function encodeShard({ inputs, labels, targets }: Dataset): Uint8Array<ArrayBuffer> {
  const truth = targets ?? labels;
  const bytes = new Uint8Array(inputs.byteLength + truth.byteLength);
  bytes.set(new Uint8Array(inputs.buffer, inputs.byteOffset, inputs.byteLength));
  bytes.set(new Uint8Array(truth.buffer, truth.byteOffset, truth.byteLength), inputs.byteLength);
  return bytes;
}

/**
 * Reads what `encodeShard` made of the task's data; keeps the buffer. Throws RangeError when the length is not that of
 * `samples` samples, or there are none.
 */
export function decodeShard(
  data: ArrayBuffer,
  samples: number,
  task: Pick<TaskInfo, 'model' | 'inputs'>,
): Shard {
  const sampleSize = sizeOf(task.model.input);
  const hasLabels = task.model.loss === 'softmaxCrossEntropy';
  const inputBytes = samples * sampleSize * (task.inputs === 'float32' ? FLOAT_BYTES : 1);
  const truthBytes = hasLabels ? samples : samples * numOutputs(task.model) * FLOAT_BYTES;
  if (!(samples >= 1) || data.byteLength !== inputBytes + truthBytes) {
    throw new RangeError(
      `a shard of ${samples} samples must be ${inputBytes + truthBytes} bytes with at least one sample, got ${data.byteLength}`,
    );
  }
  const inputs = new Uint8Array(data, 0, inputBytes);
  const truth = new Uint8Array(data, inputBytes);
  return {
    samples,
    sampleSize,
    inputs: task.inputs === 'float32' ? bytesToFloats(inputs) : inputs,
    ...(hasLabels ? { labels: truth } : { labels: new Uint8Array(0), targets: bytesToFloats(truth) }),
  };
}
