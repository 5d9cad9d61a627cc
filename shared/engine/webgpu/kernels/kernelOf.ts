// From an op of the plan to its kernel.

import type { Op } from '../../ops/ops.ts';
import { biasGrad } from '../../ops/biasGrad/webgpu.ts';
import { conv2d } from '../../ops/conv2d/webgpu.ts';
import { conv2dInputGrad } from '../../ops/conv2dInputGrad/webgpu.ts';
import { conv2dWeightGrad } from '../../ops/conv2dWeightGrad/webgpu.ts';
import { dense } from '../../ops/dense/webgpu.ts';
import { denseInputGrad } from '../../ops/denseInputGrad/webgpu.ts';
import { denseWeightGrad } from '../../ops/denseWeightGrad/webgpu.ts';
import { clear } from '../../ops/clear/webgpu.ts';
import { copy } from '../../ops/copy/webgpu.ts';
import { add } from '../../ops/add/webgpu.ts';
import { activation } from '../../ops/activation/webgpu.ts';
import { packMask } from '../../ops/packMask/webgpu.ts';
import { activationGrad } from '../../ops/activationGrad/webgpu.ts';
import { dropout } from '../../ops/dropout/webgpu.ts';
import { applyAccumulator } from '../../ops/applyAccumulator/webgpu.ts';
import { applyMomentum } from '../../ops/applyMomentum/webgpu.ts';
import { scaleMomentum } from '../../ops/scaleMomentum/webgpu.ts';
import { decayWeight } from '../../ops/decayWeight/webgpu.ts';
import { expandDepthwise } from '../../ops/expandDepthwise/webgpu.ts';
import { groupedConv2d } from '../../ops/conv2d/groupedWebgpu.ts';
import { groupedConv2dInputGrad } from '../../ops/conv2dInputGrad/groupedWebgpu.ts';
import { groupedConv2dWeightGrad } from '../../ops/conv2dWeightGrad/groupedWebgpu.ts';
import { groupNorm } from '../../ops/groupNorm/webgpu.ts';
import { groupNormInputGrad } from '../../ops/groupNormInputGrad/webgpu.ts';
import { groupNormParameterGrad } from '../../ops/groupNormParameterGrad/webgpu.ts';
import type { Kernel, KernelPlan } from './kernel.ts';
import { binaryCrossEntropy } from '../../ops/binaryCrossEntropy/webgpu.ts';
import { meanSquaredError } from '../../ops/meanSquaredError/webgpu.ts';
import { softmax } from '../../ops/softmax/webgpu.ts';
import { softmaxCrossEntropy } from '../../ops/softmaxCrossEntropy/webgpu.ts';
import { avgPool2d } from '../../ops/avgPool2d/webgpu.ts';
import { avgPool2dGrad } from '../../ops/avgPool2dGrad/webgpu.ts';
import { maxPool2d } from '../../ops/maxPool2d/webgpu.ts';
import { maxPool2dGrad } from '../../ops/maxPool2dGrad/webgpu.ts';
import { pooledConv2d } from '../../ops/conv2d/pooledWebgpu.ts';

/** The kernel of an op. Throws RangeError for one that WebGPU does not have. */
export function kernelOf(plan: KernelPlan, op: Op): Kernel {
  switch (op.kind) {
    case 'clear':
      return clear(plan, op);
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
      return activation(plan, op);
    case 'copy':
      return copy(plan, op);
    case 'add':
      return add(plan, op);
    case 'groupNorm':
      return groupNorm(plan, op);
    case 'dropout':
      return dropout(plan, op);
    case 'packMask':
      return packMask(plan, op);
    case 'softmaxCrossEntropy':
      return softmaxCrossEntropy(plan, op);
    case 'binaryCrossEntropy':
      return binaryCrossEntropy(plan, op);
    case 'meanSquaredError':
      return meanSquaredError(plan, op);
    case 'softmax':
      return softmax(plan, op);
    case 'activationGrad':
      return activationGrad(plan, op);
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
      return applyAccumulator(plan, op);
    case 'decayWeight':
      return decayWeight(plan, op);
    case 'scaleMomentum':
      return scaleMomentum(plan, op);
    case 'applyMomentum':
      return applyMomentum(plan, op);
    default:
      throw new RangeError(`op "${(op as Op).kind}" is not yet on WebGPU`);
  }
}
