// The maximum of a pooling window and where it lies, in registers. Shared by the fused convolution and maxPool2d.

import type { Local } from '../code/assembler.ts';
import type { Expression } from '../code/instructions.ts';
import type { Kernel } from './kernel.ts';

/** Index of windows at whose maximum the activation has no gradient. */
const CUT = 255;

export interface WindowMaximum {
  /** Vectors of the window positions, row-major; each is evaluated once. */
  readonly values: readonly Expression[];
  readonly wantsPosition: boolean;
  /** Where it is flat (<= 0, and >= 6 for relu6) the position is 255. */
  readonly activation: 'relu' | 'relu6' | null;
}

/** Emits maximum and position (first of equals); position is null where nobody wants it. */
export function emitWindowMaximum(
  { f, lanes }: Kernel,
  { values, wantsPosition, activation }: WindowMaximum,
): { readonly maximum: Local; readonly position: Local | null } {
  const maximum = f.local(lanes.vector, values[0]!);
  const position = wantsPosition ? f.local(lanes.index, lanes.indexConstant(0)) : null;
  const value = f.local(lanes.vector);
  for (const [index, expression] of values.entries()) {
    if (index === 0) continue;
    f.set(value, expression);
    if (position) f.set(position, lanes.indexRaise(position, lanes.greater(value, maximum), index));
    f.set(maximum, lanes.max(maximum, value));
  }
  if (position && activation !== null)
    f.set(position, lanes.indexRaise(position, lanes.atMost(maximum, lanes.constant(0)), CUT));
  if (position && activation === 'relu6')
    f.set(position, lanes.indexRaise(position, lanes.atMost(lanes.constant(6), maximum), CUT));
  return { maximum, position };
}
