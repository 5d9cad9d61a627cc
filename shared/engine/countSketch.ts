// A count sketch (Charikar et al. 2002) of an update: a few signed sums that keep inner products, so that two updates can
// be compared without a second copy of either. Linear: sketch(whole) - sketch(first part) = sketch(the rest).

export const SKETCH_SUMS = 1024;

/**
 * Adds `weight - base` to the `SKETCH_SUMS` sums; `first` is the index of element 0 in the whole update, which decides
 * sign and place, the same on every device.
 */
export function addToSketch(
  sums: Float32Array,
  weight: ArrayLike<number>,
  base: ArrayLike<number>,
  first: number,
): void {
  for (let i = 0; i < weight.length; i++) {
    let hash = Math.imul(first + i + 1, 0x9e3779b1);
    hash ^= hash >>> 15;
    hash = Math.imul(hash, 0x85ebca77);
    hash ^= hash >>> 13;
    const place = hash & (SKETCH_SUMS - 1);
    const difference = weight[i]! - base[i]!;
    sums[place] = sums[place]! + (hash < 0 ? -difference : difference);
  }
}
