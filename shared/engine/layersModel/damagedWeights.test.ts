import { describe, expect, it } from 'vitest';
import { sizeOf } from '../shapes.ts';
import { readLayersModel } from './readLayersModel.ts';

interface Tensor {
  readonly shape: readonly number[];
  readonly values?: readonly number[];
  readonly quantization?: object;
  readonly bytes?: Uint8Array;
}

const IMAGE = { class_name: 'InputLayer', config: { name: 'in', batch_input_shape: [null, 4, 4, 1] } };
const CONV = { class_name: 'Conv2D', config: { name: 'c', filters: 2, kernel_size: [1, 1] } };
const NORM = { class_name: 'BatchNormalization', config: { name: 'b' } };
const FLATTEN = { class_name: 'Flatten', config: { name: 'f' } };
const KERNEL: Tensor = { shape: [1, 1, 1, 2], values: [1, 2] };
const pair = (a: number, b: number): Tensor => ({ shape: [2], values: [a, b] });
const SOUND: Readonly<Record<string, Tensor>> = {
  'c/kernel': KERNEL,
  'c/bias': pair(0, 1),
  'b/gamma': pair(1, 1),
  'b/beta': pair(0, 0),
  'b/moving_mean': pair(0, 0),
  'b/moving_variance': pair(1, 0),
};

/** A convolution with a frozen normalization, with some of the weights in place of the sound ones. */
function read(changes: Readonly<Record<string, Tensor>>, norm: object = NORM) {
  const tensors = { ...SOUND, ...changes };
  const parts = Object.values(tensors).map(
    ({ shape, values = [], bytes }) =>
      bytes ?? new Uint8Array(Float32Array.from({ length: sizeOf(shape) }, (_, i) => values[i]!).buffer),
  );
  const weights = Object.entries(tensors).map(([name, { shape, quantization }]) => ({
    name,
    shape,
    dtype: 'float32',
    ...(quantization && { quantization }),
  }));
  const bytes = Uint8Array.from(parts.flatMap((part) => [...part]));
  const layers = [IMAGE, CONV, norm, FLATTEN];
  const modelTopology = { class_name: 'Sequential', config: { name: 'm', layers } };
  return readLayersModel({ modelTopology, weightsManifest: [{ weights }] }, bytes.buffer);
}

const withEpsilon = (epsilon: number): object => ({ ...NORM, config: { ...NORM.config, epsilon } });

describe('weights that no model can have are refused by the name of their tensor', () => {
  it('sound ones are read', () => {
    const { parameters } = read({});
    expect(parameters.every((values) => values.every(Number.isFinite))).toBe(true);
  });

  it.each<[string, Record<string, Tensor>, RegExp]>([
    ['NaN', { 'c/bias': pair(0, NaN) }, /^weights: "c\/bias" must hold finite numbers, got NaN at 1; /],
    ['Infinity', { 'c/kernel': { ...KERNEL, values: [-Infinity, 1] } }, /"c\/kernel" .* got -Infinity at 0/],
    ['NaN in a variance', { 'b/moving_variance': pair(NaN, 1) }, /"b\/moving_variance" .* got NaN at 0/],
    [
      'a negative variance',
      { 'b/moving_variance': pair(1, -0.5) },
      /^layer "b" \(BatchNormalization\): "moving_variance" must be >= 0 .* got -0.5 at 1; /,
    ],
    [
      'a float16 that is Infinity',
      {
        'c/bias': { shape: [2], quantization: { dtype: 'float16' }, bytes: new Uint8Array([0, 0, 0, 0x7c]) },
      },
      /"c\/bias" .* got Infinity at 1/,
    ],
    [
      'a quantised value beyond float32',
      {
        'c/bias': {
          shape: [2],
          quantization: { dtype: 'uint8', scale: 1e38, min: 0 },
          bytes: new Uint8Array([0, 255]),
        },
      },
      /"c\/bias" .* got Infinity at 1/,
    ],
    [
      'a normalization that leaves float32',
      { 'b/gamma': pair(3e38, 1), 'c/kernel': { ...KERNEL, values: [3e38, 1] } },
      /^layer "b" \(BatchNormalization\): folded into layer "c" \(Conv2D\) it gives numbers/,
    ],
  ])('%s', (_name, changes, message) => {
    expect(() => read(changes)).toThrow(RangeError);
    expect(() => read(changes)).toThrow(message);
  });

  it('an epsilon below zero, and none where a variance is zero', () => {
    expect(() => read({}, withEpsilon(-1e-3))).toThrow(
      'layer "b" (BatchNormalization): epsilon must be a number >= 0, got -0.001',
    );
    expect(() => read({}, withEpsilon(0))).toThrow(/"moving_variance" must be .* got 0 at 1/);
  });
});
