// One random op of each kind in an arena of random shapes: odd sizes, borders, gaps, partial micro-batches.

import { RANDOM_BACKWARD_OPS } from './randomBackwardOps.ts';
import { RANDOM_FORWARD_OPS } from './randomForwardOps.ts';

/** By name, a random op over new tensors of the arena. */
export const RANDOM_OPS = { ...RANDOM_FORWARD_OPS, ...RANDOM_BACKWARD_OPS };
