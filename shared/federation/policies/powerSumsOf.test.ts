import { expect, it } from 'vitest';
import { fullDelta, spreadDelta } from '../../contract/delta.ts';
import { powerSumsOf } from './powerSumsOf.ts';

it('are the same to the last bit whether zeros are told or left out', () => {
  const places = Uint32Array.from({ length: 300 }, (_, i) => 3 * i + (i % 2));
  const values = Float32Array.from(places, (place) => Math.sin(place));
  const sparse = { size: 901, places, values };
  expect(powerSumsOf(sparse)).toEqual(powerSumsOf(fullDelta(spreadDelta(sparse))));
  expect(powerSumsOf(fullDelta(Float32Array.of(1, -2, 3)))).toEqual({ sum: 2, squares: 14 });
});
