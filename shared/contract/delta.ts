// A delta as it arrived, or a part of it: values of all its elements, or of those few that travelled. Knows nothing of bytes.

export interface Delta {
  /** Number of elements. */
  readonly size: number;
  /** Which elements the values are of, rising; all others are zero. Null: the values are of all. */
  readonly places: Uint32Array | null;
  readonly values: Float32Array;
}

export function fullDelta(values: Float32Array): Delta {
  return { size: values.length, places: null, values };
}

/** The values of all elements: a new array only where zeros were left out. */
export function spreadDelta({ size, places, values }: Delta): Float32Array {
  if (!places) return values;
  const all = new Float32Array(size);
  for (let i = 0; i < places.length; i++) all[places[i]!] = values[i]!;
  return all;
}

/** The part from element `start` on: views where they need not be counted anew. */
export function partOfDelta({ places, values }: Delta, start: number, size: number): Delta {
  if (!places) return fullDelta(values.subarray(start, start + size));
  const first = countBelow(places, start);
  const end = countBelow(places, start + size);
  const own = places.subarray(first, end);
  return {
    size,
    places: start === 0 ? own : own.map((place) => place - start),
    values: values.subarray(first, end),
  };
}

/** How many of the places, which rise, lie below `place`: by halving. */
export function countBelow(places: Uint32Array, place: number): number {
  let [low, high] = [0, places.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (places[middle]! < place) low = middle + 1;
    else high = middle;
  }
  return low;
}
