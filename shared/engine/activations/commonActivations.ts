// Activations that most models have: fetched before the first step.

import type { Activation } from './activation.ts';
import { relu } from './relu.ts';
import { relu6 } from './relu6.ts';

export const COMMON_ACTIVATIONS = { relu, relu6 } satisfies Record<string, Activation>;
