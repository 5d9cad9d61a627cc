// The derivative of an activation, told from its output or from the bits that are left of it.

import type { ActivationGradOp } from './op.ts';
import { i32 } from '../../wasm/code/instructions.ts';
import { activationOf } from '../../wasm/kernels/activation.ts';
import { forEachElement } from '../../wasm/kernels/elements.ts';
import { imageOf, type Kernel } from '../../wasm/kernels/kernel.ts';
import { forEachByte } from '../../wasm/kernels/mask.ts';

/** dy *= activation', element by element between the two layouts. */
function emitActivationGradFromValues(kernel: Kernel, op: ActivationGradOp): void {
  const { f, lanes } = kernel;
  const activation = activationOf(kernel, op.function);
  const images = [imageOf(kernel, op.dy), imageOf(kernel, op.source)];
  forEachElement(kernel, images, ([dy, source], offset, { valid }) => {
    const value = f.local(lanes.vector, lanes.load(source!, offset, valid));
    const gradient = f.local(lanes.vector, lanes.load(dy!, offset, valid));
    f.set(gradient, activation.chain(lanes, gradient, value));
    f.emit(lanes.store(dy!, offset, gradient, valid));
  });
}

/** dy = 0 where the bit of the element is not set; dy lies as the masked buffer did. */
function emitActivationGradFromBits(kernel: Kernel, op: ActivationGradOp): void {
  const { f, lanes } = kernel;
  const dy = f.local('i32', imageOf(kernel, op.dy).start);
  const mask = f.local('i32', kernel.tensor(op.source).offset);
  const bits = f.local('i32');
  function keepActive(offset: number, valid: number): void {
    f.scope(() => {
      const keep = f.local(lanes.mask, lanes.maskFromBits(bits));
      const value = f.local(lanes.vector, lanes.load(dy, offset, valid));
      f.set(value, lanes.keep(keep, value));
      f.emit(lanes.store(dy, offset, value, valid));
      f.set(bits, i32.shrU(bits, valid));
    });
  }
  forEachByte(
    kernel,
    dy,
    mask,
    imageOf(kernel, op.dy).sampleBytes / 4,
    (numElements) => {
      f.set(bits, i32.load8(mask));
      for (let first = 0; first < numElements; first += lanes.width) keepActive(first * 4, lanes.width);
    },
    (numElements) => {
      f.set(bits, i32.load8(mask));
      f.doWhile(() => {
        keepActive(0, 1);
        f.advance(dy, 4);
        f.advance(numElements, -1);
        return numElements;
      });
    },
  );
}

export function emitActivationGrad(kernel: Kernel, op: ActivationGradOp): void {
  if (op.form === 'bits') emitActivationGradFromBits(kernel, op);
  else emitActivationGradFromValues(kernel, op);
}
