// Which elements a dropout layer keeps: a hash instead of a stored mask, the same in forward and backward pass.

/** Uniform in [0, 1) for the element; `seed` of the step, `layerSeed` of the layer, `index` of the element in the batch. All kernels compute exactly this. */
export function dropoutHash(seed: number, layerSeed: number, index: number): number {
  let hash = Math.imul(index ^ seed, 0x9e3779b1) ^ layerSeed;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 8) / 16777216;
}
