// Tells how far the two halves of local work agree, from count sketches instead of a second copy of the delta.
// Knows nothing of trainers.

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
