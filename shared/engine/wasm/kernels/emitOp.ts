// From an op of the plan to its kernel.

import type { Op } from '../../plan.ts';
import { emitBiasGrad } from './biasGrad.ts';
import { emitConv2d } from './conv2d.ts';
import { emitDense } from './dense.ts';
import {
  emitApplyAccumulator,
  emitClear,
  emitCopy,
  emitRelu,
  emitReluGradFromValues,
} from './elementwise.ts';
import { emitConv2dInputGrad, emitDenseInputGrad } from './inputGrad.ts';
import type { Kernel } from './kernel.ts';
import { emitPackMask, emitReluGradFromBits } from './mask.ts';
import { emitMaxPool2d, emitMaxPool2dGrad } from './maxPool2d.ts';
import { emitSoftmax, emitSoftmaxCrossEntropy } from './softmax.ts';
import { emitConv2dWeightGrad, emitDenseWeightGrad } from './weightGrad.ts';

/** Writes the op into the kernel's function. */
export function emitOp(kernel: Kernel, op: Op): void {
  switch (op.kind) {
    case 'clear':
      return emitClear(kernel, op);
    case 'conv2d':
      return emitConv2d(kernel, op);
    case 'maxPool2d':
      return emitMaxPool2d(kernel, op);
    case 'dense':
      return emitDense(kernel, op);
    case 'relu':
      return emitRelu(kernel, op);
    case 'copy':
      return emitCopy(kernel, op);
    case 'packMask':
      return emitPackMask(kernel, op);
    case 'softmaxCrossEntropy':
      return emitSoftmaxCrossEntropy(kernel, op);
    case 'softmax':
      return emitSoftmax(kernel, op);
    case 'reluGrad':
      return op.form === 'bits' ? emitReluGradFromBits(kernel, op) : emitReluGradFromValues(kernel, op);
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
      return emitApplyAccumulator(kernel, op);
    default:
      throw new Error(`internal: op ${String(op satisfies never)}`);
  }
}
