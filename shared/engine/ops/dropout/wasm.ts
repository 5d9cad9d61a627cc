// Dropout by a hash of the element, in place.

import type { DropoutOp } from './op.ts';
import { i32 } from '../../wasm/code/instructions.ts';
import { forEachElement } from '../../wasm/kernels/elements.ts';
import { imageOf, type Image, type Kernel } from '../../wasm/kernels/kernel.ts';

/** Bits of dropoutHash that decide. */
const HASH_STEPS = 2 ** 24;

/** Exactly dropoutHash.ts, on vectors of neighbouring elements. */
export function emitDropout(kernel: Kernel, op: DropoutOp): void {
  const { f, lanes } = kernel;
  const x = imageOf(kernel, op.x);
  const { height, width, channels } = x.layout;
  const sampleBytes = height * width * channels * 4;
  /** Walks through the compact samples of the batch: its "addresses" are 4 x the index that is hashed. */
  const indices: Image = {
    layout: { ...x.layout, rows: height, columns: width, top: 0, left: 0, step: 1 },
    at: (bytes) => i32.add(i32.mul(kernel.from, sampleBytes), bytes),
    start: i32.mul(kernel.from, sampleBytes),
    sampleBytes,
    rowBytes: width * channels * 4,
    pixelBytes: channels * 4,
    bufferRowBytes: width * channels * 4,
    capacity: x.capacity,
  };
  const hash = f.local(lanes.index);
  const mix = (bits: number, factor: number): void => {
    f.set(hash, lanes.indexXor(hash, lanes.indexShiftRight(hash, bits)));
    f.set(hash, lanes.indexMul(hash, lanes.indexConstant(factor)));
  };
  const seed = f.local(lanes.index, lanes.indexSplat(kernel.seed));
  forEachElement(kernel, [x, indices], ([values, index], offset, { valid }) => {
    const element = i32.add(i32.shrU(index!, 2), offset / 4);
    f.set(hash, lanes.indexXor(lanes.indexRamp(element), seed));
    f.set(hash, lanes.indexMul(hash, lanes.indexConstant(0x9e3779b1)));
    f.set(hash, lanes.indexXor(hash, lanes.indexConstant(op.layerSeed)));
    mix(16, 0x85ebca6b);
    mix(13, 0xc2b2ae35);
    f.set(hash, lanes.indexXor(hash, lanes.indexShiftRight(hash, 16)));
    const steps = f.local(lanes.vector, lanes.indexToFloat(lanes.indexShiftRight(hash, 8)));
    const isKept = f.local(lanes.mask, lanes.atMost(lanes.constant(Math.ceil(op.rate * HASH_STEPS)), steps));
    const value = f.local(lanes.vector, lanes.load(values!, offset, valid));
    f.set(value, lanes.keep(isKept, lanes.mul(value, lanes.constant(1 / (1 - op.rate)))));
    f.emit(lanes.store(values!, offset, value, valid));
  });
}
