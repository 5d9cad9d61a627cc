// The gradient of a bias.

import { at } from '../../reference/elements.ts';
import type { ReferenceMemory } from '../../reference/memory.ts';
import { targetTensor, type GradientTarget } from '../gradientTarget.ts';
import type { OpKind } from '../opKind.ts';

/** Sum of `dy` over samples and pixels, for the channels in `target.outputs`. */
export interface BiasGradOp {
  readonly kind: 'biasGrad';
  readonly dy: number;
  readonly target: GradientTarget;
}

export const biasGrad: OpKind<BiasGradOp> = {
  operands: (op) => [op.dy, targetTensor(op.target)],
};

/** The plain loops that all kernels of the op must match. */
export function runBiasGrad(
  { floatsOf, layoutOf, descend, forEachElement }: ReferenceMemory,
  op: BiasGradOp,
): void {
  const [dy, layout] = [floatsOf(op.dy), layoutOf(op.dy)];
  const sums = new Float64Array(layout.channels);
  forEachElement(layout, (n, i, j, c) => {
    sums[c]! += dy[at(layout, n, i, j, c)]!;
  });
  descend({ positions: 1, inputs: 1, outputs: layout.channels }, op.target, (_p, _k, c) => sums[c]!);
}
