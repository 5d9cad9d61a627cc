// Activations that few models have: fetched by those that do.

import type { Activation } from './activation.ts';
import { elu } from './elu.ts';
import { sigmoid } from './sigmoid.ts';
import { tanh } from './tanh.ts';

export const RARE_ACTIVATIONS = { sigmoid, tanh, elu } satisfies Record<string, Activation>;
