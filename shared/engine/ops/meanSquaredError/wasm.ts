// Mean squared error against float targets, with its gradient.

import type { MeanSquaredErrorOp } from './op.ts';
import { f32, f64 } from '../../wasm/code/instructions.ts';
import { forEachVector } from '../../wasm/kernels/elements.ts';
import { imageOf, type Kernel } from '../../wasm/kernels/kernel.ts';

export function emitMeanSquaredError(kernel: Kernel, op: MeanSquaredErrorOp): void {
  const { f, lanes } = kernel;
  const values = imageOf(kernel, op.logits);
  const outputs = values.sampleBytes / 4;
  const metrics = kernel.tensor(op.metrics).offset;
  const pointer = f.local('i32', values.at(0));
  const targets = f.local('i32', kernel.tensor(op.targets).offset);
  const loss = f.local('f64', f64.load(0, metrics));
  const sum = f.local(lanes.vector);
  const error = f.local(lanes.vector);
  const factor = f.local(lanes.vector, lanes.splat(f32.mul(kernel.scale, 2 / outputs)));
  f.repeat(kernel.count, () => {
    f.set(sum, lanes.constant(0));
    forEachVector(kernel, [pointer, targets], outputs, (offset, { valid }) => {
      f.set(error, lanes.sub(lanes.load(pointer, offset, valid), lanes.load(targets, offset, valid)));
      f.set(sum, lanes.madd(error, error, sum));
      if (op.gradient) f.emit(lanes.store(pointer, offset, lanes.mul(error, factor), valid));
    });
    for (let lane = 0; lane < lanes.width; lane++)
      f.set(loss, f64.add(loss, f64.mul(f64.fromF32(lanes.extract(sum, lane)), 1 / outputs)));
  });
  f.emit(f64.store(0, metrics, loss));
}
