// From any op of a plan to its kernel: what only few models need is fetched with this file.

import { ACTIVATIONS } from '../../activations/activations.ts';
import { emitDepthwiseConv2d } from '../../ops/conv2d/depthwiseWasm.ts';
import { emitDepthwiseInputGrad } from '../../ops/conv2dInputGrad/depthwiseWasm.ts';
import { emitDepthwiseWeightGrad } from '../../ops/conv2dWeightGrad/depthwiseWasm.ts';
import type { Op } from '../../ops/ops.ts';
import { COMMON_KERNELS, isDepthwiseOp, type EmitOp, type Kernels } from './emitCommonOp.ts';
import { imageOf } from './kernel.ts';
import type { Kernel } from './kernel.ts';
import { RARE_KERNELS } from './rareKernels.ts';

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
