// Which elements are largest in magnitude: by counting leading bits, so that nothing is sorted. Two looks at all of them;
// what the leading bits leave open is told among the few that share them.

/** Bits of a magnitude, most significant first: 31 in all. */
const MAGNITUDE = 0x7fffffff;
const FIRST_SHIFT = 20;
const FIRST_MASK = 2 ** 11 - 1;
const LATER_SHIFTS = [10, 0];
const LATER_MASK = 2 ** 10 - 1;

/** The places of the `count` largest magnitudes, rising; of equal ones the first. Values are finite, count <= their number. */
export function largestElements(values: Float32Array, count: number): Uint32Array {
  const bits = new Int32Array(values.buffer, values.byteOffset, values.length);
  const counts = new Uint32Array(FIRST_MASK + 1);
  for (let place = 0; place < bits.length; place++) {
    const digit = (bits[place]! >>> FIRST_SHIFT) & FIRST_MASK;
    counts[digit] = counts[digit]! + 1;
  }
  /** Leading bits of the smallest magnitude that is taken, and how many of those that begin so are. */
  let threshold = FIRST_MASK;
  let missing = count;
  while (counts[threshold]! < missing) missing -= counts[threshold--]!;

  // Without a branch, which nobody could predict: each place is written, and kept if the next one goes behind it.
  const numCandidates = count - missing + counts[threshold]!;
  const candidates = new Uint32Array(numCandidates + 1);
  const below = (threshold << FIRST_SHIFT) - 1;
  for (let place = 0, found = 0; place < bits.length; place++) {
    candidates[found] = place;
    found += (below - (bits[place]! & MAGNITUDE)) >>> 31;
  }
  const open = new Uint32Array(counts[threshold]!);
  for (let i = 0, numOpen = 0; numOpen < open.length; i++)
    if ((bits[candidates[i]!]! & MAGNITUDE) >>> FIRST_SHIFT === threshold) open[numOpen++] = candidates[i]!;

  for (const shift of LATER_SHIFTS) {
    counts.fill(0);
    for (let i = 0; i < open.length; i++) {
      const magnitude = bits[open[i]!]! & MAGNITUDE;
      if (magnitude >>> (shift + 10) !== threshold) continue;
      const digit = (magnitude >>> shift) & LATER_MASK;
      counts[digit] = counts[digit]! + 1;
    }
    let digit = LATER_MASK;
    while (counts[digit]! < missing) missing -= counts[digit--]!;
    threshold = (threshold << 10) | digit;
  }
  const places = new Uint32Array(count);
  for (let i = 0, found = 0; found < count; i++) {
    const magnitude = bits[candidates[i]!]! & MAGNITUDE;
    if (magnitude < threshold || (magnitude === threshold && missing-- <= 0)) continue;
    places[found++] = candidates[i]!;
  }
  return places;
}
