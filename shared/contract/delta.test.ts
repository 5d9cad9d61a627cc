import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { partOfDelta, spreadDelta, type Delta } from './delta.ts';

const sparse = fc.integer({ min: 1, max: 200 }).chain((size) =>
  fc.uniqueArray(fc.nat(size - 1)).map((all): Delta => {
    const places = Uint32Array.from(all.sort((a, b) => a - b));
    return { size, places, values: Float32Array.from(places, (place) => place + 1) };
  }),
);

it('a part of what was spread is the spread part', () => {
  fc.assert(
    fc.property(sparse, fc.nat(), fc.nat(), (delta, a, b) => {
      const start = a % delta.size;
      const size = b % (delta.size - start + 1);
      const part = partOfDelta(delta, start, size);
      expect(part.size).toBe(size);
      expect(spreadDelta(part)).toEqual(spreadDelta(delta).slice(start, start + size));
    }),
  );
});
