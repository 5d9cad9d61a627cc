// From an op of the plan to its kernel.

import type { Op } from '../../plan.ts';
import { biasGrad } from './biasGrad.ts';
import { conv2d, conv2dInputGrad, conv2dWeightGrad } from './conv2d.ts';
import { dense, denseInputGrad, denseWeightGrad } from './dense.ts';
import * as elementwise from './elementwise.ts';
import { expandDepthwise } from './expandDepthwise.ts';
import { groupedConv2d, groupedConv2dInputGrad, groupedConv2dWeightGrad } from './groupedConv2d.ts';
import { groupNorm, groupNormInputGrad, groupNormParameterGrad } from './groupNorm.ts';
import type { Kernel, KernelPlan } from './kernel.ts';
import { binaryCrossEntropy, meanSquaredError, softmax, softmaxCrossEntropy } from './loss.ts';
import { avgPool2d, avgPool2dGrad, maxPool2d, maxPool2dGrad } from './pool.ts';
import { pooledConv2d } from './pooledConv2d.ts';

/** The kernel of an op. Throws RangeError for one that WebGPU does not have. */
export function kernelOf(plan: KernelPlan, op: Op): Kernel {
  switch (op.kind) {
    case 'clear':
      return elementwise.clear(plan, op);
    case 'conv2d':
      if (op.geometry.groups > 1) return groupedConv2d(plan, op);
      return op.pool ? pooledConv2d(plan, op) : conv2d(plan, op);
    case 'expandDepthwise':
      return expandDepthwise(plan, op);
    case 'maxPool2d':
      return maxPool2d(plan, op);
    case 'avgPool2d':
      return avgPool2d(plan, op);
    case 'dense':
      return dense(plan, op);
    case 'activation':
      return elementwise.activation(plan, op);
    case 'copy':
      return elementwise.copy(plan, op);
    case 'add':
      return elementwise.add(plan, op);
    case 'groupNorm':
      return groupNorm(plan, op);
    case 'dropout':
      return elementwise.dropout(plan, op);
    case 'packMask':
      return elementwise.packMask(plan, op);
    case 'softmaxCrossEntropy':
      return softmaxCrossEntropy(plan, op);
    case 'binaryCrossEntropy':
      return binaryCrossEntropy(plan, op);
    case 'meanSquaredError':
      return meanSquaredError(plan, op);
    case 'softmax':
      return softmax(plan, op);
    case 'activationGrad':
      return elementwise.activationGrad(plan, op);
    case 'maxPool2dGrad':
      return maxPool2dGrad(plan, op);
    case 'avgPool2dGrad':
      return avgPool2dGrad(plan, op);
    case 'conv2dInputGrad':
      return op.geometry.groups > 1 ? groupedConv2dInputGrad(plan, op) : conv2dInputGrad(plan, op);
    case 'conv2dWeightGrad':
      return op.geometry.groups > 1 ? groupedConv2dWeightGrad(plan, op) : conv2dWeightGrad(plan, op);
    case 'biasGrad':
      return biasGrad(plan, op);
    case 'denseInputGrad':
      return denseInputGrad(plan, op);
    case 'denseWeightGrad':
      return denseWeightGrad(plan, op);
    case 'groupNormParameterGrad':
      return groupNormParameterGrad(plan, op);
    case 'groupNormInputGrad':
      return groupNormInputGrad(plan, op);
    case 'applyAccumulator':
      return elementwise.applyAccumulator(plan, op);
    case 'decayWeight':
      return elementwise.decayWeight(plan, op);
    case 'scaleMomentum':
      return elementwise.scaleMomentum(plan, op);
    case 'applyMomentum':
      return elementwise.applyMomentum(plan, op);
    default:
      throw new RangeError(`op "${(op as Op).kind}" is not yet on WebGPU`);
  }
}
