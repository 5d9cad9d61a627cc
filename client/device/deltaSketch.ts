// Tells how far the two halves of local work agree, without a second copy of the delta:
// a count sketch (Charikar et al. 2002) of 1024 signed sums keeps inner products, and it is linear, so
// sketch(second half) = sketch(whole) - sketch(first half). Knows nothing of trainers.

const NUM_SUMS = 1024;

/** `NUM_SUMS` signed sums of the delta's elements; the same sign and place for an element on every device. */
export function sketchDelta(delta: Float32Array): Float32Array {
  const sums = new Float32Array(NUM_SUMS);
  for (let i = 0; i < delta.length; i++) {
    let hash = Math.imul(i + 1, 0x9e3779b1);
    hash ^= hash >>> 15;
    hash = Math.imul(hash, 0x85ebca77);
    hash ^= hash >>> 13;
    const place = hash & (NUM_SUMS - 1);
    sums[place] = sums[place]! + (hash < 0 ? -delta[i]! : delta[i]!);
  }
  return sums;
}

/**
 * `1 - cosine` of the deltas of the first and the second half, from the sketches of the first half and of the whole;
 * between 0 (both went the same way) and 2, with a standard error of about 0.04. -1 when a half did not move.
 */
export function halvesNoise(first: Float32Array, whole: Float32Array): number {
  let dot = 0;
  let firstSquared = 0;
  let secondSquared = 0;
  for (let i = 0; i < first.length; i++) {
    const a = first[i]!;
    const b = whole[i]! - a;
    dot += a * b;
    firstSquared += a * a;
    secondSquared += b * b;
  }
  const noise = 1 - dot / Math.sqrt(firstSquared * secondSquared);
  return Number.isFinite(noise) ? Math.min(2, Math.max(0, noise)) : -1;
}
