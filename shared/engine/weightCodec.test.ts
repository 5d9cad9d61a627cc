import * as tf from '@tensorflow/tfjs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromFloat16, toFloat16 } from './float16.ts';
import { decodeRange, decodeWeight, encodeWeight, int4ToInt8, weightBytes } from './weightCodec.ts';

const PRECISIONS = ['float32', 'float16', 'int8', 'int4'] as const;

const matrices = fc
  .record({
    positions: fc.integer({ min: 1, max: 4 }),
    inputs: fc.integer({ min: 1, max: 5 }),
    outputs: fc.integer({ min: 1, max: 5 }),
  })
  .chain((matrix) =>
    fc
      .array(fc.float({ noNaN: true, noDefaultInfinity: true, min: -8, max: 8 }), {
        minLength: matrix.positions * matrix.inputs * matrix.outputs,
        maxLength: matrix.positions * matrix.inputs * matrix.outputs,
      })
      .map((values) => ({ matrix, values: Float32Array.from(values) })),
  );

describe('float16', () => {
  it('gives back each of the 63,488 finite halves', () => {
    for (let half = 0; half < 0x10000; half++)
      if ((half & 0x7c00) !== 0x7c00) expect(toFloat16(fromFloat16(half))).toBe(half);
  });

  it('decodes all 65,536 halves as TensorFlow.js does', () => {
    const bits = Uint16Array.from({ length: 65536 }, (_, index) => index);
    const dtype = 'float16' as const;
    const spec = { name: 'w', shape: [65536], dtype: 'float32' as const, quantization: { dtype } };
    const decoded = tf.io.decodeWeights(bits.buffer, [spec])['w']!.dataSync();
    expect(Array.from(bits, fromFloat16)).toEqual([...decoded]);
  });

  it('rounds to the nearest half, ties to even', () => {
    expect(toFloat16(1 + 2 ** -11)).toBe(0x3c00);
    expect(toFloat16(1 + 3 * 2 ** -11)).toBe(0x3c02);
    expect(toFloat16(65519.99)).toBe(0x7bff);
    expect(toFloat16(65520)).toBe(0x7c00);
    expect(toFloat16(2 ** -25)).toBe(0);
    expect(toFloat16(1.5 * 2 ** -24)).toBe(2);
    expect(Number.isNaN(fromFloat16(toFloat16(Number.NaN)))).toBe(true);
  });

  it('is never further than half a step away', () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true, min: -65000, max: 65000 }), (value) => {
        const magnitude = Math.max(Math.abs(value), 2 ** -14);
        const step = 2 ** (Math.floor(Math.log2(magnitude)) - 10);
        expect(Math.abs(fromFloat16(toFloat16(value)) - value)).toBeLessThanOrEqual(step / 2);
      }),
      { seed: 1 },
    );
  });
});

describe('weight codec', () => {
  it('is as long as it says, float32 exact, int8 and int4 within half a level of their output', () => {
    fc.assert(
      fc.property(matrices, ({ matrix, values }) => {
        for (const precision of PRECISIONS) {
          const bytes = encodeWeight(values, matrix, precision);
          expect(bytes.length).toBe(weightBytes(matrix, precision));
          const decoded = decodeWeight(bytes, matrix, precision);
          values.forEach((value, i) => {
            const column = values.filter((_, k) => k % matrix.outputs === i % matrix.outputs);
            const largest = Math.max(...column.map(Math.abs));
            // What no normal scale can tell from zero is zero.
            const tolerance = {
              float32: 0,
              float16: 2 ** -9,
              int8: (largest / 127) * 0.501 + 2 ** -119,
              int4: (largest / 7.5) * 0.501 + 2 ** -123,
            }[precision];
            expect(Math.abs(decoded[i]! - value)).toBeLessThanOrEqual(tolerance);
          });
        }
      }),
      { seed: 2, numRuns: 200 },
    );
  });

  it('encodes what it decoded to the same bytes', () => {
    fc.assert(
      fc.property(matrices, ({ matrix, values }) => {
        for (const precision of PRECISIONS) {
          const bytes = encodeWeight(values, matrix, precision);
          const again = encodeWeight(decodeWeight(bytes, matrix, precision), matrix, precision);
          expect(again).toEqual(bytes);
        }
      }),
      { seed: 3, numRuns: 200 },
    );
  });

  it('takes for zero what only a subnormal scale could tell from it', () => {
    const matrix = { positions: 1, inputs: 2, outputs: 1 };
    for (let ulps = 1; ulps < 200_000; ulps += 97) {
      const values = Float32Array.of(ulps * 2 ** -149, 0);
      for (const precision of ['int8', 'int4'] as const)
        expect([...decodeWeight(encodeWeight(values, matrix, precision), matrix, precision)]).toEqual([0, 0]);
    }
  });

  it('writes int4 as a scale of each output and sixteen levels around zero, two a byte, low first', () => {
    const matrix = { positions: 1, inputs: 3, outputs: 3 };
    const values = Float32Array.of(7.5, -0.5, 0, -7.5, 0.49, 0, 0.1, 3.75, 0);
    const bytes = encodeWeight(values, matrix, 'int4');
    expect([...new Float32Array(bytes.buffer, 0, 3)]).toEqual([1, 0.5, 0]);
    expect([...bytes.subarray(12)]).toEqual([0x7f, 0x08, 0x88, 0xf8, 0x08]);
    expect([...decodeWeight(bytes, matrix, 'int4')]).toEqual([7.5, -0.25, 0, -7.5, 0.25, 0, 0.5, 3.75, 0]);
  });

  it('decodes any range of an int4 weight as the whole, unaligned, too', () => {
    fc.assert(
      fc.property(matrices, fc.nat(), fc.nat(), ({ matrix, values }, from, to) => {
        const bytes = new Uint8Array([7, ...encodeWeight(values, matrix, 'int4')]).subarray(1);
        const start = from % values.length;
        const range = new Float32Array(to % (values.length - start + 1));
        decodeRange(bytes, matrix, 'int4', start, range);
        const whole = decodeWeight(bytes, matrix, 'int4');
        expect(range).toEqual(whole.subarray(start, start + range.length));
      }),
      { seed: 4, numRuns: 200 },
    );
  });

  it('makes int8 of int4 as by way of the values', () => {
    fc.assert(
      fc.property(matrices, ({ matrix, values }) => {
        const bytes = encodeWeight(values, matrix, 'int4');
        const unaligned = new Uint8Array([7, ...bytes]).subarray(1);
        const expected = encodeWeight(decodeWeight(bytes, matrix, 'int4'), matrix, 'int8');
        expect(int4ToInt8(unaligned, matrix)).toEqual(expected);
      }),
      { seed: 5, numRuns: 200 },
    );
  });

  it('knows no float16 below the smallest normal one but zero', () => {
    const values = Float32Array.of(2 ** -14, 2 ** -15, -0.99 * 2 ** -14, 0.99 * 2 ** -15, -1e-9, 0);
    const matrix = { positions: 1, inputs: 6, outputs: 1 };
    expect([...decodeWeight(encodeWeight(values, matrix, 'float16'), matrix, 'float16')]).toEqual([
      2 ** -14,
      2 ** -14,
      -(2 ** -14),
      0,
      0,
      0,
    ]);
  });

  it('refuses bytes of a wrong length', () => {
    expect(() =>
      decodeWeight(new Uint8Array(5), { positions: 1, inputs: 1, outputs: 1 }, 'int8'),
    ).not.toThrow();
    expect(() => decodeWeight(new Uint8Array(4), { positions: 1, inputs: 1, outputs: 1 }, 'int8')).toThrow(
      'a weight of this shape in int8 must be 5 bytes, got 4',
    );
    const odd = { positions: 1, inputs: 3, outputs: 1 };
    expect(() => decodeWeight(new Uint8Array(6), odd, 'int4')).not.toThrow();
    for (const length of [0, 5, 7])
      expect(() => decodeWeight(new Uint8Array(length), odd, 'int4')).toThrow(
        `a weight of this shape in int4 must be 6 bytes, got ${length}`,
      );
  });
});
