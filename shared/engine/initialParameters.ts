// Where training starts: He-normal weights and zero biases, reproducible from one seed.

import { createRandom, mixSeed } from '../random.ts';
import { parametersOf, type ModelSpec } from './model.ts';

/**
 * New parameter arrays in the model's order, owned by the caller: weights from N(0, 2 / fan-in) (He et al. 2015,
 * arXiv 1502.01852, eq. 10; fan-in = all inputs of one output), scales one, biases and shifts zero.
 */
export function initialParameters(model: ModelSpec, seed: number): Float32Array[] {
  return parametersOf(model).map((parameter, index) => {
    const values = new Float32Array(parameter.size);
    if (parameter.role === 'scale') return values.fill(1);
    if (parameter.role !== 'weight') return values;
    const deviation = Math.sqrt(2 / (parameter.size / parameter.shape.at(-1)!));
    const random = createRandom(mixSeed(seed, index));
    for (let i = 0; i < values.length; i++) values[i] = random.normal() * deviation;
    return values;
  });
}
