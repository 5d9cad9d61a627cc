// Max-pooling that is not fused into a convolution.

import type { MaxPool2dOp } from './op.ts';
import { imageOf, type Kernel } from '../../wasm/kernels/kernel.ts';
import { forEachWindow, windowOffsets } from '../../wasm/kernels/poolWindows.ts';
import { emitWindowMaximum } from '../../wasm/kernels/windowMaximum.ts';

export function emitMaxPool2d(kernel: Kernel, op: MaxPool2dOp): void {
  const { f, lanes } = kernel;
  const x = imageOf(kernel, op.x);
  const y = imageOf(kernel, op.y);
  const argmaxOffset = op.argmax === null ? 0 : kernel.tensor(op.argmax).offset;
  forEachWindow(kernel, x, y, argmaxOffset, op.geometry, ({ window, pooled, argmax }, chunks) => {
    for (const chunk of chunks) {
      f.scope(() => {
        const { maximum, position } = emitWindowMaximum(kernel, {
          values: windowOffsets(x, op.geometry).map((offset) =>
            lanes.load(window, offset + chunk.first * 4, chunk.valid),
          ),
          wantsPosition: op.argmax !== null,
          activation: op.activation,
        });
        f.emit(lanes.store(pooled, chunk.first * 4, maximum, chunk.valid));
        if (position) f.emit(lanes.indexStore(argmax, chunk.first, position, chunk.valid));
      });
    }
  });
}
