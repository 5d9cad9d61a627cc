import { expect, test } from 'vitest';
import type { LossKind, ModelSpec } from '../engine/model.ts';
import { decodeShard, encodeShard } from './shardCodec.ts';

function taskOf(loss: LossKind, inputs: 'uint8' | 'float32') {
  const model: ModelSpec = {
    id: 'm',
    input: [3],
    layers: [{ kind: 'dense', name: 'head', units: 2 }],
    loss,
  };
  return { model, inputs };
}
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

test('bytes and labels lie one after the other', () => {
  const inputs = Uint8Array.of(1, 2, 3, 4, 5, 255);
  const encoded = encodeShard({ count: 2, inputs, labels: Uint8Array.of(0, 1), groups: null });
  expect(hex(encoded)).toBe('0102030405ff0001');
  expect(decodeShard(encoded.buffer, 2, taskOf('softmaxCrossEntropy', 'uint8'))).toEqual({
    samples: 2,
    sampleSize: 3,
    inputs,
    labels: Uint8Array.of(0, 1),
  });
});

test('float targets are read where bytes before them leave them unaligned', () => {
  const inputs = Uint8Array.of(7, 8, 9);
  const targets = Float32Array.of(1, -2);
  const encoded = encodeShard({ count: 1, inputs, labels: new Uint8Array(0), targets, groups: null });
  expect(hex(encoded)).toBe('0708090000803f000000c0');
  const shard = decodeShard(encoded.buffer, 1, taskOf('meanSquaredError', 'uint8'));
  expect(shard.inputs).toEqual(inputs);
  expect(shard.targets).toEqual(targets);
});

test('float samples with labels and with targets come back, views into larger arrays too', () => {
  const all = Float32Array.of(9, 0.5, 1, 1.5, 9);
  const inputs = all.subarray(1, 4);
  const labelled = encodeShard({ count: 1, inputs, labels: Uint8Array.of(1), groups: null });
  expect(hex(labelled)).toBe('0000003f0000803f0000c03f01');
  expect(decodeShard(labelled.buffer, 1, taskOf('softmaxCrossEntropy', 'float32'))).toMatchObject({
    inputs: Float32Array.of(0.5, 1, 1.5),
    labels: Uint8Array.of(1),
  });
  const targets = Float32Array.of(0, 1);
  const aimed = encodeShard({ count: 1, inputs, labels: Uint8Array.of(1), targets, groups: null });
  expect(decodeShard(aimed.buffer, 1, taskOf('binaryCrossEntropy', 'float32'))).toMatchObject({
    inputs: Float32Array.of(0.5, 1, 1.5),
    targets,
  });
});

test('a shard of the wrong length is refused with both lengths', () => {
  const task = taskOf('softmaxCrossEntropy', 'uint8');
  expect(() => decodeShard(new ArrayBuffer(10), 4, task)).toThrow('a shard of 4 samples must be 16 bytes');
  expect(() => decodeShard(new ArrayBuffer(0), 0, task)).toThrow(RangeError);
  const floats = taskOf('meanSquaredError', 'float32');
  expect(() => decodeShard(new ArrayBuffer(16), 1, floats)).toThrow('must be 20 bytes');
});
