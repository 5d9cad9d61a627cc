// The maximum of a pooling window and where it lies, in registers. Shared by the fused convolution and maxPool2d.

import type { Local } from '../assembler.ts';
import type { Kernel } from './kernel.ts';

/** Index of windows whose maximum relu cut off: no gradient flows there. */
const CUT = 255;

export interface WindowMaximum {
  /** Vectors of the window positions, row-major; not changed. */
  readonly values: readonly Local[];
  readonly wantsPosition: boolean;
  /** The maximum goes through relu; where it is cut (<= 0) the position is 255. */
  readonly cutsNegative: boolean;
}

/** Emits maximum and position (first of equals); position is null where nobody wants it. */
export function emitWindowMaximum(
  { f, lanes }: Kernel,
  window: WindowMaximum,
): { readonly maximum: Local; readonly position: Local | null } {
  const maximum = f.local(lanes.vector, window.values[0]!);
  const position = window.wantsPosition ? f.local(lanes.index, lanes.indexConstant(0)) : null;
  for (const [index, value] of window.values.entries()) {
    if (index === 0) continue;
    if (position) f.set(position, lanes.indexRaise(position, lanes.greater(value, maximum), index));
    f.set(maximum, lanes.max(maximum, value));
  }
  if (window.cutsNegative) {
    const zero = f.local(lanes.vector, lanes.constant(0));
    if (position) f.set(position, lanes.indexRaise(position, lanes.atMost(maximum, zero), CUT));
    f.set(maximum, lanes.max(maximum, zero));
  }
  return { maximum, position };
}
