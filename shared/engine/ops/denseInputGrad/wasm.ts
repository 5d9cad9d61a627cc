// Input gradients of dense layers: dx[count, inputs] = dy[count, units] * transposed weight[inputs, units].

import type { DenseInputGradOp } from './op.ts';
import { imageOf, type Kernel } from '../../wasm/kernels/kernel.ts';
import { emitMatrixInputGrad } from '../../wasm/kernels/matrixInputGrad.ts';
import { weightOf } from '../../wasm/kernels/weight.ts';

export function emitDenseInputGrad(kernel: Kernel, op: DenseInputGradOp): void {
  const dy = imageOf(kernel, op.dy);
  const dx = imageOf(kernel, op.dx);
  emitMatrixInputGrad(kernel, {
    dy: dy.at(0),
    weight: weightOf(kernel, op.weight),
    dx: dx.at(0),
    rows: kernel.count,
    capacity: dy.capacity,
    inputs: dx.sampleBytes / 4,
    outputs: dy.sampleBytes / 4,
    accumulate: false,
  });
}
