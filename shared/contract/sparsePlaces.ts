// Rising places among n elements, in about log2(n / count) + 2 bits each, whatever they are (Elias 1974, Fano 1971).
//
//   place = high x 2^b + low, b = floor(log2(n / count)), at most 24
//   | low, b bits a place | bit high + i set for the i-th place, count + floor(n / 2^b) + 1 bits |     least significant first

import { lowBitsOf } from './deltaBytes.ts';

/** `bytes`: zeros, as many as `placesBytes` (deltaBytes.ts) says. */
export function writePlaces(places: Uint32Array, numElements: number, bytes: Uint8Array): void {
  const lowBits = lowBitsOf(numElements, places.length);
  const mask = 2 ** lowBits - 1;
  let [index, bits, numBits] = [0, 0, 0];
  for (let i = 0; i < places.length; i++) {
    bits |= (places[i]! & mask) << numBits;
    for (numBits += lowBits; numBits >= 8; numBits -= 8) {
      bytes[index++] = bits;
      bits >>>= 8;
    }
  }
  bytes[index] = bits;
  const firstHigh = places.length * lowBits;
  for (let i = 0; i < places.length; i++) {
    const at = firstHigh + (places[i]! >>> lowBits) + i;
    bytes[at >>> 3] = bytes[at >>> 3]! | (1 << (at & 7));
  }
}

/** The places, or null unless exactly `count` of them rise from below `numElements` and nothing else is set. */
export function readPlaces(bytes: Uint8Array, numElements: number, count: number): Uint32Array | null {
  const lowBits = lowBitsOf(numElements, count);
  const lows = readLows(bytes, count, lowBits);
  const step = 2 ** lowBits;
  const firstHigh = count * lowBits;
  const places = new Uint32Array(count);
  let found = 0;
  let previous = -1;
  for (let index = firstHigh >>> 3; index < bytes.length; index++) {
    let rest = bytes[index]!;
    if (index === firstHigh >>> 3) rest &= 0xff << (firstHigh & 7);
    for (; rest !== 0; rest &= rest - 1) {
      if (found === count) return null;
      const high = index * 8 + lowestBit(rest) - firstHigh - found;
      const place = high * step + lows[found]!;
      if (place <= previous || place >= numElements) return null;
      previous = place;
      places[found++] = place;
    }
  }
  return found === count ? places : null;
}

function readLows(bytes: Uint8Array, count: number, lowBits: number): Uint32Array {
  const mask = 2 ** lowBits - 1;
  const lows = new Uint32Array(count);
  let [index, bits, numBits] = [0, 0, 0];
  for (let i = 0; i < count; i++) {
    for (; numBits < lowBits; numBits += 8) bits |= bytes[index++]! << numBits;
    lows[i] = bits & mask;
    bits >>>= lowBits;
    numBits -= lowBits;
  }
  return lows;
}

/** At most 24, so that they and seven more fit a word: of a place among more elements the high part says the rest. */
/** Which is the least significant bit that is set. */
function lowestBit(value: number): number {
  return 31 - Math.clz32(value & -value);
}
