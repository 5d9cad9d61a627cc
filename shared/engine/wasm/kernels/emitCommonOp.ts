// The kernels that most models need: what a page fetches before its first step. The others: emitOp.ts.

import type { ActivationFunction } from '../../activations/activationFunction.ts';
import { COMMON_ACTIVATIONS } from '../../activations/commonActivations.ts';
import { emitActivationGrad } from '../../ops/activationGrad/wasm.ts';
import { emitApplyAccumulator } from '../../ops/applyAccumulator/wasm.ts';
import { emitBiasGrad } from '../../ops/biasGrad/wasm.ts';
import { emitClear } from '../../ops/clear/wasm.ts';
import { emitConv2d } from '../../ops/conv2d/wasm.ts';
import { emitConv2dInputGrad } from '../../ops/conv2dInputGrad/wasm.ts';
import { emitConv2dWeightGrad } from '../../ops/conv2dWeightGrad/wasm.ts';
import { emitDense } from '../../ops/dense/wasm.ts';
import { emitDenseInputGrad } from '../../ops/denseInputGrad/wasm.ts';
import { emitDenseWeightGrad } from '../../ops/denseWeightGrad/wasm.ts';
import { emitMaxPool2dGrad } from '../../ops/maxPool2dGrad/wasm.ts';
import { emitPackMask } from '../../ops/packMask/wasm.ts';
import { emitSoftmax } from '../../ops/softmax/wasm.ts';
import { emitSoftmaxCrossEntropy } from '../../ops/softmaxCrossEntropy/wasm.ts';
import type { Op, OpOf } from '../../ops/ops.ts';
import { isDepthwise } from './kernel.ts';
import type { Kernel } from './kernel.ts';

/** Writes an op into the kernel's function. */
export type EmitOp = (kernel: Kernel, op: Op) => void;

/** A kernel for each kind of op. */
export type Kernels = { readonly [K in Op['kind']]: (kernel: Kernel, op: OpOf<K>) => void };

export const COMMON_KERNELS = {
  activationGrad: emitActivationGrad,
  applyAccumulator: emitApplyAccumulator,
  biasGrad: emitBiasGrad,
  clear: emitClear,
  conv2d: emitConv2d,
  conv2dInputGrad: emitConv2dInputGrad,
  conv2dWeightGrad: emitConv2dWeightGrad,
  dense: emitDense,
  denseInputGrad: emitDenseInputGrad,
  denseWeightGrad: emitDenseWeightGrad,
  maxPool2dGrad: emitMaxPool2dGrad,
  packMask: emitPackMask,
  softmax: emitSoftmax,
  softmaxCrossEntropy: emitSoftmaxCrossEntropy,
} satisfies Partial<Kernels>;

/** Ops of kinds that few models have. */
export type RareKind = Exclude<Op['kind'], keyof typeof COMMON_KERNELS>;

/** Whether the op's kernel, or an activation in it, is none of the common ones. */
export function isRareOp(op: Op): boolean {
  return !(op.kind in COMMON_KERNELS) || isDepthwiseOp(op) || !isCommonActivation(activationIn(op));
}

/** Depthwise convolutions have kernels of their own, but for those with a pool. */
export function isDepthwiseOp(op: Op): op is OpOf<'conv2d' | 'conv2dInputGrad' | 'conv2dWeightGrad'> {
  if (!('geometry' in op) || !('groups' in op.geometry)) return false;
  return isDepthwise(op.geometry) && !(op.kind === 'conv2d' && op.pool !== null);
}

function activationIn(op: Op): ActivationFunction | null {
  if ('function' in op) return op.function;
  return 'activation' in op ? op.activation : null;
}

function isCommonActivation(activation: ActivationFunction | null): boolean {
  return activation === null || activation in COMMON_ACTIVATIONS;
}

/** Throws for an op that is rare. */
export function emitCommonOp(kernel: Kernel, op: Op): void {
  const emit = (COMMON_KERNELS as Partial<Record<Op['kind'], unknown>>)[op.kind] as EmitOp | undefined;
  if (!emit) throw new Error(`internal: op ${op.kind} is not among the common ones`);
  emit(kernel, op);
}
