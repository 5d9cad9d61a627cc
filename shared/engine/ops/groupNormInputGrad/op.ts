// The gradient of a group norm by its input.

import { at, statsAt } from '../../reference/elements.ts';
import type { ReferenceMemory } from '../../reference/memory.ts';
import type { OpKind } from '../opKind.ts';

/** `dy` becomes the gradient of the norm's input, in place. */
export interface GroupNormInputGradOp {
  readonly kind: 'groupNormInputGrad';
  readonly x: number;
  readonly dy: number;
  readonly stats: number;
  readonly scale: number;
  readonly groups: number;
}

export const groupNormInputGrad: OpKind<GroupNormInputGradOp> = {
  operands: (op) => [op.x, op.dy, op.stats, op.scale],
};

/** The plain loops that all kernels of the op must match. */
export function runGroupNormInputGrad(
  { count, floatsOf, layoutOf, forEachElement }: ReferenceMemory,
  op: GroupNormInputGradOp,
): void {
  const [x, dy, stats, gain] = [floatsOf(op.x), floatsOf(op.dy), floatsOf(op.stats), floatsOf(op.scale)];
  const [from, out] = [layoutOf(op.x), layoutOf(op.dy)];
  const perGroup = from.channels / op.groups;
  const values = from.height * from.width * perGroup;
  const sums = new Float64Array(count * op.groups * 2);
  const normal = (n: number, i: number, j: number, c: number) => {
    const [mean, rate] = statsAt(stats, n, op.groups, Math.floor(c / perGroup));
    return (x[at(from, n, i, j, c)]! - mean) * rate;
  };
  forEachElement(from, (n, i, j, c) => {
    const gradient = dy[at(out, n, i, j, c)]! * gain[c]!;
    const group = (n * op.groups + Math.floor(c / perGroup)) * 2;
    sums[group]! += gradient / values;
    sums[group + 1]! += (gradient * normal(n, i, j, c)) / values;
  });
  forEachElement(from, (n, i, j, c) => {
    const group = (n * op.groups + Math.floor(c / perGroup)) * 2;
    const [, rate] = statsAt(stats, n, op.groups, Math.floor(c / perGroup));
    const gradient = dy[at(out, n, i, j, c)]! * gain[c]!;
    dy[at(out, n, i, j, c)] = rate * (gradient - sums[group]! - normal(n, i, j, c) * sums[group + 1]!);
  });
}
