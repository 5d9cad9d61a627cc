// The names of activations.

import type { COMMON_ACTIVATIONS } from './commonActivations.ts';
import type { RARE_ACTIVATIONS } from './rareActivations.ts';

/** An activation that ops can have. */
export type ActivationFunction = keyof typeof COMMON_ACTIVATIONS | keyof typeof RARE_ACTIVATIONS;
