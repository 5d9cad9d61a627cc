// Activations and their derivatives on vectors in registers.

import type { ActivationFunction } from '../../activations/activation.ts';
import type { Local } from '../assembler.ts';
import type { Expression } from '../instructions.ts';
import { emitExp } from './exponential.ts';
import type { Kernel } from './kernel.ts';

/** exp of more than this is not a float32. */
const EXP_CEILING = 88;

/** Emits `value = 1 / (1 + exp(-factor * value))`. */
function emitSigmoid({ f, lanes }: Kernel, value: Local, factor: number): void {
  f.set(value, lanes.min(lanes.mul(value, lanes.constant(-factor)), lanes.constant(EXP_CEILING)));
  emitExp(f, lanes, value);
  f.set(value, lanes.div(lanes.constant(1), lanes.add(value, lanes.constant(1))));
}

/** Replaces each vector by its activation. */
export function emitActivation(
  kernel: Kernel,
  activation: ActivationFunction | null,
  values: readonly Local[],
): void {
  const { f, lanes } = kernel;
  switch (activation) {
    case null:
      return;
    case 'relu':
    case 'relu6':
      f.scope(() => {
        const bound = f.local(lanes.vector, lanes.constant(0));
        for (const value of values) f.set(value, lanes.max(value, bound));
        if (activation === 'relu') return;
        f.set(bound, lanes.constant(6));
        for (const value of values) f.set(value, lanes.min(value, bound));
      });
      return;
    case 'sigmoid':
      for (const value of values) emitSigmoid(kernel, value, 1);
      return;
    case 'tanh':
      for (const value of values) {
        emitSigmoid(kernel, value, 2);
        f.set(value, lanes.sub(lanes.add(value, value), lanes.constant(1)));
      }
      return;
    default:
      throw new Error(`internal: activation ${String(activation satisfies never)}`);
  }
}

/** Where a relu or relu6 whose output is `value` has a gradient, as a mask. */
export function activeMask({ lanes }: Kernel, activation: 'relu' | 'relu6', value: Expression): Expression {
  const positive = lanes.greater(value, lanes.constant(0));
  return activation === 'relu' ? positive : lanes.both(positive, lanes.greater(lanes.constant(6), value));
}

/** `gradient` times the derivative of the activation whose output is `value`. */
export function chained(
  kernel: Kernel,
  activation: ActivationFunction,
  gradient: Expression,
  value: Local,
): Expression {
  const { lanes } = kernel;
  switch (activation) {
    case 'relu':
    case 'relu6':
      return lanes.keep(activeMask(kernel, activation, value), gradient);
    case 'sigmoid':
      return lanes.mul(gradient, lanes.nmadd(value, value, value));
    case 'tanh':
      return lanes.mul(gradient, lanes.nmadd(value, value, lanes.constant(1)));
    default:
      throw new Error(`internal: activation ${String(activation satisfies never)}`);
  }
}
