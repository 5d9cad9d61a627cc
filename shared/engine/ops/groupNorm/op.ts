// Group normalisation.

import { at } from '../../reference/elements.ts';
import type { ReferenceMemory } from '../../reference/memory.ts';
import type { OpKind } from '../opKind.ts';

/**
 * Normalises each group of channels of a sample over its pixels, then scales and shifts by channel. `stats` (scratch,
 * `[count, groups, 2]`: mean and 1 / deviation) is null where no backward pass needs it.
 */
export interface GroupNormOp {
  readonly kind: 'groupNorm';
  readonly x: number;
  readonly y: number;
  readonly scale: number;
  readonly shift: number;
  readonly stats: number | null;
  readonly groups: number;
  readonly epsilon: number;
}

export const groupNorm: OpKind<GroupNormOp> = {
  operands: (op) => [op.x, op.y, op.scale, op.shift, op.stats],
};

/** The plain loops that all kernels of the op must match. */
export function runGroupNorm({ count, floatsOf, layoutOf }: ReferenceMemory, op: GroupNormOp): void {
  const [x, y, gain, shift] = [floatsOf(op.x), floatsOf(op.y), floatsOf(op.scale), floatsOf(op.shift)];
  const [from, to] = [layoutOf(op.x), layoutOf(op.y)];
  const stats = op.stats === null ? null : floatsOf(op.stats);
  const perGroup = from.channels / op.groups;
  const values = from.height * from.width * perGroup;
  for (let n = 0; n < count; n++)
    for (let g = 0; g < op.groups; g++) {
      const inGroup = (visit: (i: number, j: number, c: number) => void) => {
        for (let i = 0; i < from.height; i++)
          for (let j = 0; j < from.width; j++)
            for (let c = g * perGroup; c < (g + 1) * perGroup; c++) visit(i, j, c);
      };
      let mean = 0;
      inGroup((i, j, c) => {
        mean += x[at(from, n, i, j, c)]! / values;
      });
      let variance = 0;
      inGroup((i, j, c) => {
        variance += (x[at(from, n, i, j, c)]! - mean) ** 2 / values;
      });
      const rate = 1 / Math.sqrt(variance + op.epsilon);
      if (stats) [stats[(n * op.groups + g) * 2], stats[(n * op.groups + g) * 2 + 1]] = [mean, rate];
      inGroup((i, j, c) => {
        y[at(to, n, i, j, c)] = (x[at(from, n, i, j, c)]! - mean) * rate * gain[c]! + shift[c]!;
      });
    }
}
