// All activations.

import type { Activation } from './activation.ts';
import type { ActivationFunction } from './activationFunction.ts';
import { COMMON_ACTIVATIONS } from './commonActivations.ts';
import { RARE_ACTIVATIONS } from './rareActivations.ts';

export const ACTIVATIONS: Readonly<Record<ActivationFunction, Activation>> = {
  ...COMMON_ACTIVATIONS,
  ...RARE_ACTIVATIONS,
};
