// Rising places among n elements, in about log2(n / count) + 2 bits each, whatever they are (Elias 1974, Fano 1971).
//
//   place = high x 2^b + low, b = floor(log2(n / count))
//   | low, b bits a place | bit high + i set for the i-th place, count + floor(n / 2^b) + 1 bits |     least significant first

/** Bytes of `count` places among `numElements`, 1 <= count <= numElements. */
export function placesBytes(numElements: number, count: number): number {
  const lowBits = lowBitsOf(numElements, count);
  return Math.ceil((count * lowBits + count + Math.floor(numElements / 2 ** lowBits) + 1) / 8);
}

/** `bytes`: zeros, as many as `placesBytes` says. */
export function writePlaces(places: Uint32Array, numElements: number, bytes: Uint8Array): void {
  const lowBits = lowBitsOf(numElements, places.length);
  const firstHigh = places.length * lowBits;
  for (let i = 0; i < places.length; i++) {
    const place = places[i]!;
    setBits(bytes, i * lowBits, lowBits, place & ((1 << lowBits) - 1));
    setBits(bytes, firstHigh + (place >>> lowBits) + i, 1, 1);
  }
}

/** The places, or null unless exactly `count` of them rise from below `numElements` and nothing else is set. */
export function readPlaces(bytes: Uint8Array, numElements: number, count: number): Uint32Array | null {
  const lowBits = lowBitsOf(numElements, count);
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
      const place = high * step + bitsAt(bytes, found * lowBits, lowBits);
      if (place <= previous || place >= numElements) return null;
      previous = place;
      places[found++] = place;
    }
  }
  return found === count ? places : null;
}

function lowBitsOf(numElements: number, count: number): number {
  return Math.floor(Math.log2(numElements / count));
}

/** Writes `numBits` bits over zeros. */
function setBits(bytes: Uint8Array, at: number, numBits: number, value: number): void {
  for (let done = 0; done < numBits;) {
    const byte = (at + done) >>> 3;
    const shift = (at + done) & 7;
    // What goes beyond the byte is cut off.
    bytes[byte] = bytes[byte]! | ((value >>> done) << shift);
    done += 8 - shift;
  }
}

/** Which is the least significant bit that is set. */
function lowestBit(value: number): number {
  return 31 - Math.clz32(value & -value);
}

function bitsAt(bytes: Uint8Array, at: number, numBits: number): number {
  let value = 0;
  for (let done = 0; done < numBits;) {
    const shift = (at + done) & 7;
    value |= (bytes[(at + done) >>> 3]! >> shift) << done;
    done += 8 - shift;
  }
  return value & ((1 << numBits) - 1);
}
