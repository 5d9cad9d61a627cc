// Dense layers, forward: y[count, units] = activation(x[count, inputs] * weight[inputs, units] + bias).

import type { DenseOp } from './op.ts';
import { imageOf, type Kernel } from '../../wasm/kernels/kernel.ts';
import { emitMatrixProduct } from '../../wasm/kernels/matrixProduct.ts';

export function emitDense(kernel: Kernel, op: DenseOp): void {
  const x = imageOf(kernel, op.x);
  const y = imageOf(kernel, op.y);
  const [first, end] = op.outputs ?? [0, y.sampleBytes / 4];
  emitMatrixProduct(kernel, {
    x: x.at(0),
    weight: op.weight,
    bias: op.bias,
    y: y.at(first * 4),
    rows: kernel.count,
    capacity: x.capacity,
    inputs: x.sampleBytes / 4,
    columns: end - first,
    firstColumn: first,
    yRowBytes: y.sampleBytes,
    activation: op.activation,
  });
}
