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
  places.forEach((place, i) => {
    for (let bit = 0; bit < lowBits; bit++) if ((place >>> bit) & 1) setBit(bytes, i * lowBits + bit);
    setBit(bytes, firstHigh + (place >>> lowBits) + i);
  });
}

/** The places, or null unless exactly `count` of them rise from below `numElements` and nothing else is set. */
export function readPlaces(bytes: Uint8Array, numElements: number, count: number): Uint32Array | null {
  const lowBits = lowBitsOf(numElements, count);
  const firstHigh = count * lowBits;
  const places = new Uint32Array(count);
  let found = 0;
  let previous = -1;
  for (let at = firstHigh; at < bytes.length * 8; at++) {
    if (!isSet(bytes, at)) continue;
    if (found === count) return null;
    let low = 0;
    for (let bit = 0; bit < lowBits; bit++) if (isSet(bytes, found * lowBits + bit)) low |= 1 << bit;
    const place = (at - firstHigh - found) * 2 ** lowBits + low;
    if (place <= previous || place >= numElements) return null;
    previous = place;
    places[found++] = place;
  }
  return found === count ? places : null;
}

function lowBitsOf(numElements: number, count: number): number {
  return Math.floor(Math.log2(numElements / count));
}

function setBit(bytes: Uint8Array, at: number): void {
  const byte = Math.floor(at / 8);
  bytes[byte] = bytes[byte]! | (1 << (at % 8));
}

function isSet(bytes: Uint8Array, at: number): boolean {
  return ((bytes[Math.floor(at / 8)]! >> (at % 8)) & 1) === 1;
}
