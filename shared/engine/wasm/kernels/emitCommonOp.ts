// The kernels that most models need: what a page fetches before its first step. The others: emitRareOp.ts.

import type { Op } from '../../ops/ops.ts';
import { emitActivationOp } from '../../ops/activation/wasm.ts';
import { emitActivationGradFromValues } from '../../ops/activationGrad/wasm.ts';
import { emitBiasGrad } from '../../ops/biasGrad/wasm.ts';
import { emitClear } from '../../ops/clear/wasm.ts';
import { emitConv2d } from '../../ops/conv2d/wasm.ts';
import { emitDense } from '../../ops/dense/wasm.ts';
import { emitConv2dInputGrad } from '../../ops/conv2dInputGrad/wasm.ts';
import { emitDenseInputGrad } from '../../ops/denseInputGrad/wasm.ts';
import { isDepthwise } from './kernel.ts';
import type { Kernel } from './kernel.ts';
import { emitActivationGradFromBits } from '../../ops/activationGrad/wasm.ts';
import { emitPackMask } from '../../ops/packMask/wasm.ts';
import { emitMaxPool2dGrad } from '../../ops/maxPool2dGrad/wasm.ts';
import { emitSoftmax } from '../../ops/softmax/wasm.ts';
import { emitSoftmaxCrossEntropy } from '../../ops/softmaxCrossEntropy/wasm.ts';
import { emitConv2dWeightGrad } from '../../ops/conv2dWeightGrad/wasm.ts';
import { emitDenseWeightGrad } from '../../ops/denseWeightGrad/wasm.ts';
import { emitApply } from './weightUpdate.ts';

/** Writes an op into the kernel's function. */
export type EmitOp = (kernel: Kernel, op: Op) => void;

/** Ops that few models have. */
export type RareOp = Extract<Op, { kind: (typeof RARE_KINDS)[number] | (typeof CONVOLUTIONS)[number] }>;

const RARE_KINDS = [
  'maxPool2d',
  'avgPool2d',
  'copy',
  'add',
  'dropout',
  'avgPool2dGrad',
  'decayWeight',
  'scaleMomentum',
  'expandDepthwise',
  'groupNorm',
  'groupNormParameterGrad',
  'groupNormInputGrad',
  'binaryCrossEntropy',
  'meanSquaredError',
] as const;
const CONVOLUTIONS = ['conv2d', 'conv2dInputGrad', 'conv2dWeightGrad'] as const;

/** Whether the op's kernel is none of the common ones. */
export function isRareOp(op: Op): op is RareOp {
  if ('geometry' in op && 'groups' in op.geometry)
    return isDepthwise(op.geometry) && !(op.kind === 'conv2d' && op.pool !== null);
  return RARE_KINDS.some((kind) => kind === op.kind);
}

/** Throws for an op that is rare. */
export function emitCommonOp(kernel: Kernel, op: Op): void {
  switch (op.kind) {
    case 'clear':
      return emitClear(kernel, op);
    case 'conv2d':
      return emitConv2d(kernel, op);
    case 'dense':
      return emitDense(kernel, op);
    case 'activation':
      return emitActivationOp(kernel, op);
    case 'packMask':
      return emitPackMask(kernel, op);
    case 'softmaxCrossEntropy':
      return emitSoftmaxCrossEntropy(kernel, op);
    case 'softmax':
      return emitSoftmax(kernel, op);
    case 'activationGrad':
      return op.form === 'bits'
        ? emitActivationGradFromBits(kernel, op)
        : emitActivationGradFromValues(kernel, op);
    case 'maxPool2dGrad':
      return emitMaxPool2dGrad(kernel, op);
    case 'conv2dInputGrad':
      return emitConv2dInputGrad(kernel, op);
    case 'conv2dWeightGrad':
      return emitConv2dWeightGrad(kernel, op);
    case 'biasGrad':
      return emitBiasGrad(kernel, op);
    case 'denseInputGrad':
      return emitDenseInputGrad(kernel, op);
    case 'denseWeightGrad':
      return emitDenseWeightGrad(kernel, op);
    case 'applyAccumulator':
    case 'applyMomentum':
      return emitApply(kernel, op);
    default:
      throw new Error(`internal: op ${op.kind} is not among the common ones`);
  }
}
