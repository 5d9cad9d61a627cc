// Finds a layer's tensors among those of the file, by the names that TensorFlow.js and Keras give them.

import type { FileTensor } from './decodeWeights.ts';

export interface WeightSource {
  /** The tensor `role` (`kernel`, `gamma`, ...) of a layer. Throws RangeError, starting with `origin`, where it is missing, ambiguous or of another shape. */
  take(layer: string, origin: string, role: string, shape: readonly number[]): Float32Array;
  /** Throws RangeError naming a tensor that nothing took. */
  finish(): void;
}

/** `LAYER/ROLE`, also with prefixes (of a model), a cell in between or Keras's `:0` behind. */
export function createWeightSource(tensors: readonly FileTensor[]): WeightSource {
  const taken = new Set<FileTensor>();
  const byName = new Map<string, FileTensor>();
  for (const tensor of tensors) {
    const name = tensor.name.replace(/:\d+$/, '');
    if (byName.has(name))
      throw new RangeError(`weights: tensor "${name}" is listed twice; names must differ`);
    byName.set(name, tensor);
  }

  function find(layer: string, origin: string, role: string): FileTensor {
    const ending = [...byName.keys()].filter((name) => name.endsWith(`/${role}`));
    const matches = [
      ending.filter((name) => name === `${layer}/${role}`),
      ending.filter((name) => name.endsWith(`/${layer}/${role}`)),
      ending.filter((name) => `/${name}`.includes(`/${layer}/`)),
    ].find((names) => names.length > 0);
    if (!matches) throw new RangeError(`${origin}: the weights must list "${layer}/${role}", and do not`);
    if (matches.length > 1)
      throw new RangeError(
        `${origin}: one tensor of the weights must be its ${role}, got ${matches.map((name) => `"${name}"`).join(', ')}`,
      );
    return byName.get(matches[0]!)!;
  }

  return {
    take(layer, origin, role, shape) {
      const tensor = find(layer, origin, role);
      if (taken.has(tensor)) throw new RangeError(`${origin}: another layer takes "${tensor.name}" as well`);
      taken.add(tensor);
      if (tensor.shape.join() !== shape.join())
        throw new RangeError(
          `${origin}: "${tensor.name}" must have shape [${shape.join(', ')}], got [${tensor.shape.join(', ')}]`,
        );
      if (!tensor.values)
        throw new RangeError(`${origin}: "${tensor.name}" must be float32, got another type`);
      return tensor.values;
    },
    finish() {
      const left = tensors.find((tensor) => !taken.has(tensor));
      if (left) throw new RangeError(`weights: tensor "${left.name}" belongs to no layer of the model`);
    },
  };
}
