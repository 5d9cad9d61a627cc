// Input gradients of dense layers: dx[count, inputs] = dy[count, units] * transposed weight[inputs, units].

import type { DenseInputGradOp } from './op.ts';
import { imageOf, type Kernel } from '../../wasm/kernels/kernel.ts';
import { emitMatrixInputGrad } from '../../wasm/kernels/matrixInputGrad.ts';
import { weightOf } from '../../wasm/kernels/weight.ts';

export function emitDenseInputGrad(kernel: Kernel, op: DenseInputGradOp): void {
  const dy = imageOf(kernel, op.dy);
  const dx = imageOf(kernel, op.dx);
  const [first, end] = op.outputs ?? [0, dy.sampleBytes / 4];
  emitMatrixInputGrad(kernel, {
    dy: dy.at(first * 4),
    weight: weightOf(kernel, op.weight),
    dx: dx.at(0),
    rows: kernel.count,
    capacity: dy.capacity,
    inputs: dx.sampleBytes / 4,
    outputs: end - first,
    dyRowBytes: dy.sampleBytes,
    accumulate: op.outputs !== undefined,
  });
}
