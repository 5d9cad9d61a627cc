// From an op of the plan to its kernel.

import type { Op } from '../../plan.ts';
import { emitActivationGradFromValues, emitActivationOp } from './activation.ts';
import { emitBiasGrad } from './biasGrad.ts';
import { emitConv2d } from './conv2d.ts';
import { emitDense } from './dense.ts';
import { emitAdd, emitClear, emitCopy, emitDropout } from './elementwise.ts';
import { emitExpandDepthwise } from './expandDepthwise.ts';
import { emitGroupNorm, emitGroupNormInputGrad, emitGroupNormParameterGrad } from './groupNorm.ts';
import { emitConv2dInputGrad, emitDenseInputGrad } from './inputGrad.ts';
import type { Kernel } from './kernel.ts';
import { emitActivationGradFromBits, emitPackMask } from './mask.ts';
import { emitAvgPool2d, emitAvgPool2dGrad, emitMaxPool2d, emitMaxPool2dGrad } from './pool2d.ts';
import { emitSoftmax, emitSoftmaxCrossEntropy } from './softmax.ts';
import { emitBinaryCrossEntropy, emitMeanSquaredError } from './targetLoss.ts';
import { emitConv2dWeightGrad, emitDenseWeightGrad } from './weightGrad.ts';
import { emitApply, emitDecayWeight, emitScaleMomentum } from './weightUpdate.ts';

/** Writes the op into the kernel's function. */
export function emitOp(kernel: Kernel, op: Op): void {
  switch (op.kind) {
    case 'clear':
      return emitClear(kernel, op);
    case 'conv2d':
      return emitConv2d(kernel, op);
    case 'expandDepthwise':
      return emitExpandDepthwise(kernel, op);
    case 'maxPool2d':
      return emitMaxPool2d(kernel, op);
    case 'avgPool2d':
      return emitAvgPool2d(kernel, op);
    case 'dense':
      return emitDense(kernel, op);
    case 'activation':
      return emitActivationOp(kernel, op);
    case 'copy':
      return emitCopy(kernel, op);
    case 'add':
      return emitAdd(kernel, op);
    case 'groupNorm':
      return emitGroupNorm(kernel, op);
    case 'dropout':
      return emitDropout(kernel, op);
    case 'packMask':
      return emitPackMask(kernel, op);
    case 'softmaxCrossEntropy':
      return emitSoftmaxCrossEntropy(kernel, op);
    case 'binaryCrossEntropy':
      return emitBinaryCrossEntropy(kernel, op);
    case 'meanSquaredError':
      return emitMeanSquaredError(kernel, op);
    case 'softmax':
      return emitSoftmax(kernel, op);
    case 'activationGrad':
      return op.form === 'bits'
        ? emitActivationGradFromBits(kernel, op)
        : emitActivationGradFromValues(kernel, op);
    case 'maxPool2dGrad':
      return emitMaxPool2dGrad(kernel, op);
    case 'avgPool2dGrad':
      return emitAvgPool2dGrad(kernel, op);
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
    case 'groupNormParameterGrad':
      return emitGroupNormParameterGrad(kernel, op);
    case 'groupNormInputGrad':
      return emitGroupNormInputGrad(kernel, op);
    case 'applyAccumulator':
    case 'applyMomentum':
      return emitApply(kernel, op);
    case 'decayWeight':
      return emitDecayWeight(kernel, op);
    case 'scaleMomentum':
      return emitScaleMomentum(kernel, op);
    default:
      throw new Error(`internal: op ${String(op satisfies never)}`);
  }
}
