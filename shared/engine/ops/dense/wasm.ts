// Dense layers, forward: y[count, units] = activation(x[count, inputs] * weight[inputs, units] + bias).

import type { DenseOp } from './op.ts';
import { imageOf, type Kernel } from '../../wasm/kernels/kernel.ts';
import { emitMatrixProduct } from '../../wasm/kernels/matrixProduct.ts';

export function emitDense(kernel: Kernel, op: DenseOp): void {
  const x = imageOf(kernel, op.x);
  const y = imageOf(kernel, op.y);
  emitMatrixProduct(kernel, {
    x: x.at(0),
    weight: op.weight,
    bias: op.bias,
    y: y.at(0),
    rows: kernel.count,
    capacity: x.capacity,
    inputs: x.sampleBytes / 4,
    columns: y.sampleBytes / 4,
    activation: op.activation,
  });
}
