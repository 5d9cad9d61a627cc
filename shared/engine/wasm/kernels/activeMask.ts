// Where activations that are flat but for a ramp have a gradient: what a bit an element can say.

import type { Expression } from '../code/instructions.ts';
import type { Lanes } from '../code/lanes.ts';

/** Where a relu or relu6 whose output is `value` has a gradient, as a mask. */
export function activeMask(lanes: Lanes, activation: 'relu' | 'relu6', value: Expression): Expression {
  const positive = lanes.greater(value, lanes.constant(0));
  return activation === 'relu' ? positive : lanes.both(positive, lanes.greater(lanes.constant(6), value));
}
