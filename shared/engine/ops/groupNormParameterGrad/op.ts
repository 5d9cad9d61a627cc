// The gradients of a group norm by its scale and shift.

import { at, statsAt } from '../../reference/elements.ts';
import type { ReferenceMemory } from '../../reference/memory.ts';
import { targetTensor, type GradientTarget } from '../gradientTarget.ts';
import type { OpKind } from '../opKind.ts';

/** Gradients of scale (sum of dy * normalised x) and shift (sum of dy); null where frozen. `x` is the norm's input. */
export interface GroupNormParameterGradOp {
  readonly kind: 'groupNormParameterGrad';
  readonly x: number;
  readonly dy: number;
  readonly stats: number;
  readonly scaleTarget: GradientTarget | null;
  readonly shiftTarget: GradientTarget | null;
  readonly groups: number;
}

export const groupNormParameterGrad: OpKind<GroupNormParameterGradOp> = {
  operands: (op) => [
    op.x,
    op.dy,
    op.stats,
    op.scaleTarget && targetTensor(op.scaleTarget),
    op.shiftTarget && targetTensor(op.shiftTarget),
  ],
};

/** The plain loops that all kernels of the op must match. */
export function runGroupNormParameterGrad(
  { floatsOf, layoutOf, descend, forEachElement }: ReferenceMemory,
  op: GroupNormParameterGradOp,
): void {
  const [x, dy, stats] = [floatsOf(op.x), floatsOf(op.dy), floatsOf(op.stats)];
  const [from, out] = [layoutOf(op.x), layoutOf(op.dy)];
  const perGroup = from.channels / op.groups;
  const scaleSums = new Float64Array(from.channels);
  const shiftSums = new Float64Array(from.channels);
  forEachElement(from, (n, i, j, c) => {
    const [mean, rate] = statsAt(stats, n, op.groups, Math.floor(c / perGroup));
    scaleSums[c]! += dy[at(out, n, i, j, c)]! * (x[at(from, n, i, j, c)]! - mean) * rate;
    shiftSums[c]! += dy[at(out, n, i, j, c)]!;
  });
  const matrix = { positions: 1, inputs: 1, outputs: from.channels };
  if (op.scaleTarget) descend(matrix, op.scaleTarget, (_p, _k, c) => scaleSums[c]!);
  if (op.shiftTarget) descend(matrix, op.shiftTarget, (_p, _k, c) => shiftSums[c]!);
}
