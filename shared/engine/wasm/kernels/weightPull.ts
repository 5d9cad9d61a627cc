// What weight decay and the proximal term add to a step.

import type { Expression } from '../code/instructions.ts';
import type { Kernel } from './kernel.ts';

interface Pull {
  readonly base: number | null;
  readonly decay: number;
  readonly proximal: number;
}

/** decay * weight + proximal * (weight - base). */
export function pull({ lanes }: Kernel, op: Pull, weight: Expression, base: Expression): Expression {
  if (op.base === null) return lanes.mul(weight, lanes.constant(op.decay));
  const factor = lanes.constant(op.decay + op.proximal);
  return lanes.nmadd(base, lanes.constant(op.proximal), lanes.mul(weight, factor));
}
