// Convolutions, with their activation and a 2 x 2 max-pool.

import type { ActivationFunction } from '../../activations/activationFunction.ts';
import { convolution } from '../../reference/convolution.ts';
import { at } from '../../reference/elements.ts';
import type { Range } from '../../range.ts';
import type { ReferenceMemory } from '../../reference/memory.ts';
import type { OpKind } from '../opKind.ts';
import { flopsOfPixel, ofOutputs, type ConvGeometry } from './geometry.ts';

export interface Conv2dOp {
  readonly kind: 'conv2d';
  readonly x: number;
  readonly weight: number;
  readonly bias: number;
  readonly y: number;
  readonly geometry: ConvGeometry;
  readonly activation: ActivationFunction | null;
  /**
   * Fused 2 x 2 / 2 max-pool (groups = 1 only): `y` is the pooled tensor; `argmax` holds 0..3 (row-major in the
   * window), 255 where the activation (relu or relu6) has no gradient at the maximum; null when nobody needs it.
   */
  readonly pool: { readonly argmax: number | null } | null;
  /** The weight is a slice held apart, of these filters (groups = 1 only): no others of y and argmax are written. Default: all. */
  readonly outputs?: Range;
}

export const conv2d: OpKind<Conv2dOp> = {
  operands: (op) => [op.x, op.weight, op.bias, op.y, op.pool && op.pool.argmax],
  flops: ({ y, pool, geometry, outputs }, { count, pixels }) =>
    count * pixels(y) * (pool ? 4 : 1) * flopsOfPixel(ofOutputs(geometry, outputs)),
};

/** The plain loops that all kernels of the op must match. */
export function runConv2d(
  { floatsOf, weightOf, bytesOf, layoutOf, forEachElement, activate, slope }: ReferenceMemory,
  op: Conv2dOp,
): void {
  const [x, w, b, y] = [floatsOf(op.x), weightOf(op.weight), floatsOf(op.bias), floatsOf(op.y)];
  const [from, to] = [layoutOf(op.x), layoutOf(op.y)];
  const { filters } = op.geometry;
  const [first, end] = op.outputs ?? [0, filters];
  const read = (n: number, i: number, j: number, c: number) => x[at(from, n, i, j, c)]!;
  const convolve = convolution(read, w, b.subarray(first), ofOutputs(op.geometry, op.outputs));
  const argmax = op.pool?.argmax == null ? null : bytesOf(op.pool.argmax);
  forEachElement(to, (n, i, j, f) => {
    if (f < first || f >= end) return;
    let value: number;
    let winner = 0;
    if (op.pool) {
      const window = [0, 1, 2, 3].map((k) => convolve(n, 2 * i + (k >> 1), 2 * j + (k & 1), f - first));
      value = Math.max(...window);
      winner = window.indexOf(value);
    } else {
      value = convolve(n, i, j, f - first);
    }
    const activated = activate(op.activation, value);
    y[at(to, n, i, j, f)] = activated;
    const isDead = op.activation !== null && slope(op.activation, activated) === 0;
    if (argmax) argmax[((n * to.height + i) * to.width + j) * filters + f] = isDead ? 255 : winner;
  });
}
