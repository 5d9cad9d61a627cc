import { describe, expect, it } from 'vitest';
import { initialParameters } from './initialParameters.ts';
import { parametersOf } from './model.ts';
import { findModel, MODELS } from './models.ts';

describe('initialParameters', () => {
  it('keeps the variance of what a layer reads: 2 / fan-in; scales are one, biases and shifts zero', () => {
    for (const model of MODELS) {
      const values = initialParameters(model, 5);
      for (const [index, { name, role, size, shape }] of parametersOf(model).entries()) {
        const own = values[index]!;
        expect(own.length).toBe(size);
        if (role === 'scale')
          expect(
            own.every((value) => value === 1),
            name,
          ).toBe(true);
        if (role === 'bias' || role === 'shift')
          expect(
            own.every((value) => value === 0),
            name,
          ).toBe(true);
        if (role !== 'weight' || size < 1000) continue;
        const variance = own.reduce((sum, value) => sum + value * value, 0) / size;
        expect((variance * size) / shape.at(-1)! / 2, name).toBeCloseTo(1, 0);
      }
    }
  });

  it('is the same for a seed, and another for another', () => {
    const model = findModel('mlp');
    expect(initialParameters(model, 1)).toEqual(initialParameters(model, 1));
    expect(initialParameters(model, 1)[0]![0]).not.toBe(initialParameters(model, 2)[0]![0]);
  });
});
