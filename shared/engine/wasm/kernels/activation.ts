// Activations of vectors in registers, by those that the kernel is given.

import type { Activation } from '../../activations/activation.ts';
import type { ActivationFunction } from '../../activations/activationFunction.ts';
import type { Local } from '../code/assembler.ts';
import { emitExp } from './exponential.ts';
import type { Kernel } from './kernel.ts';

/** Throws for one that is rare where only the common ones are at hand. */
export function activationOf({ activations }: Kernel, name: ActivationFunction): Activation {
  const activation = activations[name];
  if (!activation) throw new Error(`internal: activation ${name} is not among the common ones`);
  return activation;
}

/** Replaces each vector by its activation. */
export function emitActivationOf(
  kernel: Kernel,
  activation: ActivationFunction | null,
  vectors: readonly Local[],
): void {
  if (activation === null) return;
  const { f, lanes } = kernel;
  const exp = (vector: Local): void => emitExp(f, lanes, vector);
  activationOf(kernel, activation).emit({ f, lanes, exp }, vectors);
}
