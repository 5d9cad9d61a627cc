// Weight gradients of dense layers: the reduction runs over samples.

import type { DenseWeightGradOp } from './op.ts';
import { lengthOf } from '../../range.ts';
import { gradientSink } from '../../wasm/kernels/gradientTarget.ts';
import { columnTiles, imageOf, type Kernel } from '../../wasm/kernels/kernel.ts';
import { createPointers, emitWeightTile, forEachRowTile, type Walk } from '../../wasm/kernels/weightTile.ts';

/** Rows outside, columns inside: dy of the whole micro-batch stays in the nearest cache. */
export function emitDenseWeightGrad(kernel: Kernel, op: DenseWeightGradOp): void {
  const { f, lanes } = kernel;
  const x = imageOf(kernel, op.x);
  const dy = imageOf(kernel, op.dy);
  const { inputs, outputs } = op.target;
  const units = dy.sampleBytes / 4;
  const sink = gradientSink(kernel, op.target, x.sampleBytes / 4, units);
  const pointers = createPointers(kernel);
  const reduction: Walk = {
    runs: 1,
    steps: kernel.count,
    aStep: x.sampleBytes,
    bStep: dy.sampleBytes,
    aGap: 0,
    bGap: 0,
  };
  const weightRow = f.local('i32', sink.address);
  f.set(pointers.x, x.at(inputs[0] * 4));
  forEachRowTile(kernel, { ...pointers, weight: weightRow }, lengthOf(inputs), sink.rowBytes, (rows) => {
    f.set(pointers.dy, dy.at(outputs[0] * 4));
    f.set(pointers.weight, weightRow);
    for (const { columns, times, chunks } of columnTiles(lengthOf(outputs), kernel.tile.columns, lanes))
      f.repeat(times, () => {
        emitWeightTile(kernel, pointers, rows, chunks, reduction, sink);
        f.advance(pointers.dy, columns * 4);
        f.advance(pointers.weight, columns * 4);
      });
  });
}
