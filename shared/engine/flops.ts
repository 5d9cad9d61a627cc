// Floating-point operations of an op list: what pacing and GFLOP/s are measured against.

import type { OpKind } from './ops/opKind.ts';
import { OPS, type Op } from './ops/ops.ts';
import type { ArenaTensor } from './tensors.ts';

/**
 * Operations of the ops for `count` samples: two for each multiply-add of dense layers and convolutions, forward and
 * backward (no padding or zero-stuffing counted), nothing for the rest.
 */
export function flopsOf(ops: readonly Op[], tensors: readonly ArenaTensor[], count: number): number {
  const layout = (id: number) => tensors[id]!.layout!;
  const width = (id: number) => layout(id).width;
  const pixels = (id: number) => layout(id).height * width(id);
  const features = (id: number) => pixels(id) * layout(id).channels;
  const shapes = { count, width, pixels, features };
  return ops.reduce((sum, op) => {
    const kind: OpKind<Op> = OPS[op.kind];
    return sum + (kind.flops?.(op, shapes) ?? 0);
  }, 0);
}
