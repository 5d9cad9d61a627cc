// The kernels that few models need, fetched by those that do.

import type { RareOp } from './emitCommonOp.ts';
import { emitDepthwiseConv2d, emitDepthwiseInputGrad, emitDepthwiseWeightGrad } from './depthwise.ts';
import { emitAdd, emitCopy, emitDropout } from './elementwise.ts';
import { emitExpandDepthwise } from './expandDepthwise.ts';
import { emitGroupNorm, emitGroupNormInputGrad, emitGroupNormParameterGrad } from './groupNorm.ts';
import { imageOf } from './kernel.ts';
import type { Kernel } from './kernel.ts';
import { emitAvgPool2d, emitAvgPool2dGrad, emitMaxPool2d } from './pool2d.ts';
import { emitBinaryCrossEntropy, emitMeanSquaredError } from './targetLoss.ts';
import { emitDecayWeight, emitScaleMomentum } from './weightPull.ts';

/** Writes the op into the kernel's function. Convolutions are depthwise. */
export function emitRareOp(kernel: Kernel, op: RareOp): void {
  switch (op.kind) {
    case 'expandDepthwise':
      return emitExpandDepthwise(kernel, op);
    case 'conv2d':
      return emitDepthwiseConv2d(kernel, op, imageOf(kernel, op.x), imageOf(kernel, op.y));
    case 'conv2dInputGrad':
      return emitDepthwiseInputGrad(kernel, op);
    case 'conv2dWeightGrad':
      return emitDepthwiseWeightGrad(kernel, op);
    case 'groupNorm':
      return emitGroupNorm(kernel, op);
    case 'groupNormParameterGrad':
      return emitGroupNormParameterGrad(kernel, op);
    case 'groupNormInputGrad':
      return emitGroupNormInputGrad(kernel, op);
    case 'binaryCrossEntropy':
      return emitBinaryCrossEntropy(kernel, op);
    case 'meanSquaredError':
      return emitMeanSquaredError(kernel, op);
    case 'maxPool2d':
      return emitMaxPool2d(kernel, op);
    case 'avgPool2d':
      return emitAvgPool2d(kernel, op);
    case 'copy':
      return emitCopy(kernel, op);
    case 'add':
      return emitAdd(kernel, op);
    case 'dropout':
      return emitDropout(kernel, op);
    case 'avgPool2dGrad':
      return emitAvgPool2dGrad(kernel, op);
    case 'decayWeight':
      return emitDecayWeight(kernel, op);
    case 'scaleMomentum':
      return emitScaleMomentum(kernel, op);
    default:
      throw new Error(`internal: op ${String(op satisfies never)}`);
  }
}
