import { describe, expect, it } from 'vitest';
import { parametersOf, type ModelSpec } from '../engine/model.ts';
import { fullScheme } from '../engine/scheme.ts';
import { fullDelta } from '../contract/delta.ts';
import { deltaSize, sliceDelta, slicesOf } from './slices.ts';

const model: ModelSpec = {
  id: 'slices',
  input: [4, 4, 2],
  layers: [
    { kind: 'conv2d', name: 'conv', filters: 3, kernel: [1, 2], stride: 1, padding: 'same' },
    { kind: 'flatten', name: 'flatten' },
    { kind: 'dense', name: 'dense', units: 2 },
  ],
  loss: 'softmaxCrossEntropy',
};
const parameters = parametersOf(model);

describe('slices', () => {
  it('of the full scheme are one run each, one after the other', () => {
    const slices = slicesOf(model, fullScheme(model));
    expect(slices.map(({ stretches }) => stretches)).toEqual(
      parameters.map(({ size }) => [{ start: 0, length: size }]),
    );
    expect(slices.map(({ deltaStart }) => deltaStart)).toEqual([0, 12, 15, 15 + 96]);
    expect(deltaSize(slices)).toBe(12 + 3 + 96 + 2);
  });

  it('of a part of a convolution are its rows at every kernel position', () => {
    const [weight, bias] = slicesOf(model, {
      entries: [
        { tensor: 'conv.weight', input: [1, 2], output: [0, 2] },
        { tensor: 'conv.bias', input: [0, 1], output: [1, 3] },
      ],
    });
    // [position, input, output]: element (p, i, o) lies at (p * 2 + i) * 3 + o.
    expect(weight!.stretches).toEqual([
      { start: 3, length: 2 },
      { start: 9, length: 2 },
    ]);
    expect(bias!.stretches).toEqual([{ start: 1, length: 2 }]);
    expect(sliceDelta(bias!, fullDelta(Float32Array.from([1, 2, 3, 4, 5, 6])))).toEqual({
      size: 2,
      places: null,
      values: Float32Array.from([5, 6]),
    });
  });

  it('that the model does not have are refused by name', () => {
    expect(() => slicesOf(model, { entries: [{ tensor: 'nope', input: [0, 1], output: [0, 1] }] })).toThrow(
      '"nope"',
    );
    expect(() =>
      slicesOf(model, { entries: [{ tensor: 'conv.bias', input: [0, 1], output: [0, 4] }] }),
    ).toThrow('"conv.bias" output range must lie in [0, 3) and not be empty, got [0, 4)');
  });
});
