// From any op of a plan to its kernel: what only few models need is fetched with this file.

import { ACTIVATIONS } from '../../activations/activations.ts';
import { emitAdd } from '../../ops/add/wasm.ts';
import { emitAvgPool2d } from '../../ops/avgPool2d/wasm.ts';
import { emitAvgPool2dGrad } from '../../ops/avgPool2dGrad/wasm.ts';
import { emitBinaryCrossEntropy } from '../../ops/binaryCrossEntropy/wasm.ts';
import { emitCopy } from '../../ops/copy/wasm.ts';
import { emitDecayWeight } from '../../ops/decayWeight/wasm.ts';
import { emitDropout } from '../../ops/dropout/wasm.ts';
import { emitExpandDepthwise } from '../../ops/expandDepthwise/wasm.ts';
import { emitGroupNorm } from '../../ops/groupNorm/wasm.ts';
import { emitGroupNormInputGrad } from '../../ops/groupNormInputGrad/wasm.ts';
import { emitGroupNormParameterGrad } from '../../ops/groupNormParameterGrad/wasm.ts';
import { emitMaxPool2d } from '../../ops/maxPool2d/wasm.ts';
import { emitMeanSquaredError } from '../../ops/meanSquaredError/wasm.ts';
import { emitScaleMomentum } from '../../ops/scaleMomentum/wasm.ts';
import { emitDepthwiseConv2d } from '../../ops/conv2d/depthwiseWasm.ts';
import { emitDepthwiseInputGrad } from '../../ops/conv2dInputGrad/depthwiseWasm.ts';
import { emitDepthwiseWeightGrad } from '../../ops/conv2dWeightGrad/depthwiseWasm.ts';
import type { Op } from '../../ops/ops.ts';
import { COMMON_KERNELS, isDepthwiseOp, type EmitOp, type Kernels, type RareKind } from './emitCommonOp.ts';
import { imageOf } from './kernel.ts';
import type { Kernel } from './kernel.ts';

const RARE_KERNELS: Pick<Kernels, RareKind> = {
  add: emitAdd,
  avgPool2d: emitAvgPool2d,
  avgPool2dGrad: emitAvgPool2dGrad,
  binaryCrossEntropy: emitBinaryCrossEntropy,
  copy: emitCopy,
  decayWeight: emitDecayWeight,
  dropout: emitDropout,
  expandDepthwise: emitExpandDepthwise,
  groupNorm: emitGroupNorm,
  groupNormInputGrad: emitGroupNormInputGrad,
  groupNormParameterGrad: emitGroupNormParameterGrad,
  maxPool2d: emitMaxPool2d,
  meanSquaredError: emitMeanSquaredError,
  scaleMomentum: emitScaleMomentum,
};

const DEPTHWISE_KERNELS: Pick<Kernels, 'conv2d' | 'conv2dInputGrad' | 'conv2dWeightGrad'> = {
  conv2d: (kernel, op) => emitDepthwiseConv2d(kernel, op, imageOf(kernel, op.x), imageOf(kernel, op.y)),
  conv2dInputGrad: emitDepthwiseInputGrad,
  conv2dWeightGrad: emitDepthwiseWeightGrad,
};

const KERNELS: Kernels = { ...COMMON_KERNELS, ...RARE_KERNELS };

/** Writes the op into the kernel's function. */
export function emitOp(kernel: Kernel, op: Op): void {
  const emit = (isDepthwiseOp(op) ? DEPTHWISE_KERNELS[op.kind] : KERNELS[op.kind]) as EmitOp;
  emit({ ...kernel, activations: ACTIVATIONS }, op);
}
