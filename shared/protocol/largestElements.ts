// Which elements are largest in magnitude: by counting leading bits, three times, so that nothing is sorted or copied.

/** Bits of a magnitude, most significant first: 31 in all. */
const DIGITS = [
  { shift: 20, numBits: 11 },
  { shift: 10, numBits: 10 },
  { shift: 0, numBits: 10 },
];

/** The places of the `count` largest magnitudes, rising; of equal ones the first. Values are finite, count <= their number. */
export function largestElements(values: Float32Array, count: number): Uint32Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const counts = new Uint32Array(2 ** 11);
  /** Leading bits of the smallest magnitude that is taken, and how many of those that begin so are. */
  let threshold = 0;
  let missing = count;
  for (const { shift, numBits } of DIGITS) {
    counts.fill(0);
    const mask = 2 ** numBits - 1;
    for (const value of bits) {
      const magnitude = value & 0x7fffffff;
      if (magnitude >>> (shift + numBits) !== threshold) continue;
      const digit = (magnitude >>> shift) & mask;
      counts[digit] = counts[digit]! + 1;
    }
    let digit = mask;
    while (counts[digit]! < missing) missing -= counts[digit--]!;
    threshold = threshold * 2 ** numBits + digit;
  }
  const places = new Uint32Array(count);
  let found = 0;
  for (let place = 0; place < bits.length && found < count; place++) {
    const magnitude = bits[place]! & 0x7fffffff;
    if (magnitude < threshold || (magnitude === threshold && missing-- <= 0)) continue;
    places[found++] = place;
  }
  return places;
}
