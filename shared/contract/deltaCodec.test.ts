import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromFloat16, toFloat16 } from '../engine/float16.ts';
import { createRandom } from '../random.ts';
import { spreadDelta, type Delta } from './delta.ts';
import { deltaBytes, placesBytes } from './deltaBytes.ts';
import { decodeDelta, encodeDelta, subtractSent } from './deltaCodec.ts';
import { largestElements } from './largestElements.ts';
import type { UpdateEncoding } from './messages.ts';
import { readPlaces, writePlaces } from './sparsePlaces.ts';

const TOP = { kind: 'topK', share: 0.3 } as const;
const INT8 = { kind: 'int8' } as const;
const ENCODINGS: readonly UpdateEncoding[] = [{ kind: 'float32' }, { kind: 'float16' }, INT8, TOP];

const encodings = fc.oneof(
  fc.constantFrom<UpdateEncoding>({ kind: 'float32' }, { kind: 'float16' }, INT8),
  fc.double({ min: 1e-6, max: 1, noNaN: true }).map((share): UpdateEncoding => ({ kind: 'topK', share })),
);
/** Without the subnormal, of which a 127th is not what it should be. */
const finite = fc
  .float({ min: -1000, max: 1000, noNaN: true, noDefaultInfinity: true })
  .map((value) => (Math.abs(value) < 1e-30 ? 0 : value));
const entries = fc.array(fc.array(finite, { minLength: 1, maxLength: 40 }), { minLength: 1, maxLength: 5 });

function flat(values: readonly (readonly number[])[]) {
  return { delta: Float32Array.from(values.flat()), sizes: values.map(({ length }) => length) };
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe.each(ENCODINGS)('a delta in $kind', (encoding) => {
  it('has the length that follows from its sizes, and comes back within its step', () => {
    fc.assert(
      fc.property(entries, fc.nat(), (values, seed) => {
        const { delta, sizes } = flat(values);
        const bytes = encodeDelta(delta, sizes, encoding, seed);
        expect(bytes.length).toBe(deltaBytes(sizes, encoding));
        expect(encodeDelta(delta, sizes, encoding, seed)).toEqual(bytes);
        const decoded = decodeDelta(bytes, sizes, encoding);
        if ('code' in decoded) throw new Error(decoded.message);
        const all = spreadDelta(decoded);
        const kept = new Set(largestElements(delta, Math.max(1, Math.round(TOP.share * delta.length))));
        let i = 0;
        for (const entry of values) {
          const step = Math.fround(Math.max(...entry.map(Math.abs)) / 127) * 1.001;
          for (const value of entry) {
            const got = all[i]!;
            if (encoding.kind === 'float32') expect(got).toBe(value);
            else if (encoding.kind === 'float16') expect(got).toBe(fromFloat16(toFloat16(value)));
            else if (encoding.kind === 'topK' && !kept.has(i)) expect(got).toBe(0);
            else expect(Math.abs(got - value)).toBeLessThanOrEqual(step);
            i++;
          }
        }
      }),
    );
  });

  it('that was cut or stretched is refused, and any bytes of the right length are read without a fault of ours', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 4 }),
        fc.uint8Array({ minLength: 1200, maxLength: 1200 }),
        fc.nat(1199),
        (sizes, noise, length) => {
          const expected = deltaBytes(sizes, encoding);
          const decoded = decodeDelta(noise.subarray(0, expected), sizes, encoding);
          if ('code' in decoded) expect(['notFinite', 'malformed']).toContain(decoded.code);
          else expect(spreadDelta(decoded)).toHaveLength(sizes.reduce((total, size) => total + size, 0));
          if (length !== expected)
            expect(decodeDelta(noise.subarray(0, length), sizes, encoding)).toMatchObject({
              code: 'wrongLength',
            });
        },
      ),
    );
  });

  it('may lie at any offset of a larger buffer', () => {
    const { delta, sizes } = flat([[1, -2, 3], [0.5]]);
    const bytes = encodeDelta(delta, sizes, encoding, 1);
    const pool = Uint8Array.from([9, ...bytes, 9]);
    expect(decodeDelta(pool.subarray(1, -1), sizes, encoding)).toEqual(decodeDelta(bytes, sizes, encoding));
  });
});

it('the bytes are these', () => {
  const { delta, sizes } = flat([
    [0.5, -1, 127, 0.25],
    [-3, 0, 1.5],
  ]);
  expect(ENCODINGS.map((encoding) => hex(encodeDelta(delta, sizes, encoding, 7)))).toMatchInlineSnapshot(`
    [
      "0000003f000080bf0000fe420000803e000040c0000000000000c03f",
      "003800bcf057003400c20000003e",
      "0000803f0683c13c00ff7f0081003f",
      "0000803f0683c13c7f8128",
    ]
  `);
});

describe('int8', () => {
  it('is right on average', () => {
    const delta = Float32Array.of(0.3, -0.7, 127);
    const sums = [0, 0, 0];
    for (let seed = 0; seed < 4000; seed++) {
      const decoded = decodeDelta(encodeDelta(delta, [3], INT8, seed), [3], INT8) as Delta;
      decoded.values.forEach((value, i) => (sums[i] = sums[i]! + value));
    }
    // Standard error of the mean: at most 0.5 / sqrt(4000) = 0.008.
    sums.forEach((total, i) => expect(Math.abs(total / 4000 - delta[i]!)).toBeLessThan(0.04));
  });

  it.each([Number.NaN, Infinity, -1])('is refused with a scale of %s', (scale) => {
    for (const encoding of [INT8, TOP]) {
      const bytes = encodeDelta(Float32Array.of(1, 2, 3), [1, 2], encoding, 1);
      new DataView(bytes.buffer).setFloat32(4, scale, true);
      expect(decodeDelta(bytes, [1, 2], encoding)).toMatchObject({ code: 'notFinite' });
    }
  });
});

describe('topK', () => {
  it('leaves exactly what has not travelled, so that nothing is lost in the long run', () => {
    fc.assert(
      fc.property(entries, encodings, (values, encoding) => {
        if (encoding.kind !== 'topK' && encoding.kind !== 'int8') return;
        const { delta, sizes } = flat(values);
        const own = new Float32Array(delta.length);
        const bytes = encodeDelta(delta, sizes, encoding, 3, own);
        const sent = spreadDelta(decodeDelta(bytes, sizes, encoding) as Delta);
        const rest = delta.slice();
        subtractSent(rest, bytes, sizes, encoding);
        expect(rest).toEqual(delta.map((value, i) => value - sent[i]!));
        if (encoding.kind === 'topK') expect(own).toEqual(rest);
      }),
    );
  });

  it('keeps the largest, of equal ones the first', () => {
    fc.assert(
      fc.property(fc.array(finite, { minLength: 1, maxLength: 100 }), fc.nat(), (values, n) => {
        const count = 1 + (n % values.length);
        const delta = Float32Array.from(values);
        const oracle = [...delta.keys()]
          .sort((a, b) => Math.abs(delta[b]!) - Math.abs(delta[a]!) || a - b)
          .slice(0, count)
          .sort((a, b) => a - b);
        expect([...largestElements(delta, count)]).toEqual(oracle);
      }),
    );
  });

  it('of 55,000 elements takes less than 10 kB when a tenth is kept', () => {
    expect(deltaBytes([54_000, 1000], { kind: 'topK', share: 0.1 })).toBeLessThan(10_000);
  });
});

describe('places', () => {
  const sets = fc.integer({ min: 1, max: 300 }).chain((n) =>
    fc.tuple(
      fc.constant(n),
      fc.uniqueArray(fc.nat(n - 1), { minLength: 1, maxLength: n }).map((all) => all.sort((a, b) => a - b)),
    ),
  );

  it('come back', () => {
    fc.assert(
      fc.property(sets, ([n, places]) => {
        const bytes = new Uint8Array(placesBytes(n, places.length));
        writePlaces(Uint32Array.from(places), n, bytes);
        expect([...readPlaces(bytes, n, places.length)!]).toEqual(places);
      }),
    );
  });

  it('that do not rise, leave the range or are too many or too few are refused', () => {
    const random = createRandom(5);
    const bytes = new Uint8Array(placesBytes(64, 4));
    writePlaces(Uint32Array.of(1, 2, 50, 63), 64, bytes);
    // Four bits of the low part a place: 1 and 2 change places.
    bytes[0] = ((bytes[0]! & 15) << 4) | (bytes[0]! >> 4);
    expect(readPlaces(bytes, 64, 4)).toBeNull();
    expect(readPlaces(new Uint8Array(placesBytes(64, 4)), 64, 4)).toBeNull();
    expect(readPlaces(new Uint8Array(placesBytes(64, 4)).fill(255), 64, 4)).toBeNull();
    const near = new Uint8Array(placesBytes(60, 4));
    writePlaces(Uint32Array.of(1, 2, 50, 63), 60, near);
    expect(readPlaces(near, 60, 4)).toBeNull();
    for (let trial = 0; trial < 200; trial++) {
      const noise = Uint8Array.from({ length: placesBytes(100, 9) }, () => random.integer(256));
      const places = readPlaces(noise, 100, 9);
      if (places) expect([...places]).toEqual([...new Set(places)].sort((a, b) => a - b));
    }
  });
});
