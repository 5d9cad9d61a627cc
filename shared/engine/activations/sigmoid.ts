// 1 / (1 + exp(-x)).

import type { Local } from '../wasm/code/assembler.ts';
import type { Activation, Registers } from './activation.ts';

/** exp of more than this is not a float32. */
const EXP_CEILING = 88;

/** Emits `vector = 1 / (1 + exp(-factor * vector))`. */
export function emitSigmoid({ f, lanes, exp }: Registers, vector: Local, factor: number): void {
  f.set(vector, lanes.min(lanes.mul(vector, lanes.constant(-factor)), lanes.constant(EXP_CEILING)));
  exp(vector);
  f.set(vector, lanes.div(lanes.constant(1), lanes.add(vector, lanes.constant(1))));
}

export const sigmoid: Activation = {
  value: (x) => 1 / (1 + Math.exp(-x)),
  slope: (y) => y * (1 - y),
  emit(registers, vectors) {
    for (const vector of vectors) emitSigmoid(registers, vector, 1);
  },
  chain: (lanes, gradient, vector) => lanes.mul(gradient, lanes.nmadd(vector, vector, vector)),
  wgsl: { value: '1.0 / (1.0 + exp(-v))', slope: 'v * (1.0 - v)' },
};
