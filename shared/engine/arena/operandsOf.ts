// Which tensors an op touches: the only thing that lifetimes need to know of it.

import { targetTensor } from '../ops/gradientTarget.ts';
import type { Op } from '../plan.ts';

/** Ids of all tensors that the op reads or writes. */
export function operandsOf(op: Op): number[] {
  switch (op.kind) {
    case 'clear':
    case 'activation':
    case 'dropout':
      return [op.x];
    case 'copy':
    case 'add':
    case 'avgPool2d':
      return [op.x, op.y];
    case 'packMask':
      return [op.x, op.mask];
    case 'conv2d':
      return present(op.x, op.weight, op.bias, op.y, op.pool?.argmax);
    case 'expandDepthwise': {
      const { expand, depthwise } = op;
      return [op.x, expand.weight, expand.bias, depthwise.weight, depthwise.bias, op.y, op.rows];
    }
    case 'maxPool2d':
      return present(op.x, op.y, op.argmax);
    case 'dense':
      return [op.x, op.weight, op.bias, op.y];
    case 'groupNorm':
      return present(op.x, op.y, op.scale, op.shift, op.stats);
    case 'softmaxCrossEntropy':
      return [op.logits, op.labels, op.metrics];
    case 'binaryCrossEntropy':
    case 'meanSquaredError':
      return [op.logits, op.targets, op.metrics];
    case 'softmax':
      return [op.logits];
    case 'activationGrad':
      return [op.dy, op.source];
    case 'maxPool2dGrad':
      return [op.dy, op.argmax, op.dx];
    case 'avgPool2dGrad':
      return [op.dy, op.dx];
    case 'conv2dInputGrad':
    case 'denseInputGrad':
      return [op.dy, op.weight, op.dx];
    case 'conv2dWeightGrad':
    case 'denseWeightGrad':
      return [op.x, op.dy, targetTensor(op.target)];
    case 'biasGrad':
      return [op.dy, targetTensor(op.target)];
    case 'groupNormParameterGrad': {
      const targets = [op.scaleTarget, op.shiftTarget].map((target) => target && targetTensor(target));
      return present(op.x, op.dy, op.stats, ...targets);
    }
    case 'groupNormInputGrad':
      return [op.x, op.dy, op.stats, op.scale];
    case 'applyAccumulator':
    case 'applyMomentum':
      return [op.accumulator, op.weight];
    case 'decayWeight':
      return present(op.weight, op.base);
    case 'scaleMomentum':
      return present(op.accumulator, op.weight, op.base);
  }
}

function present(...ids: readonly (number | null | undefined)[]): number[] {
  return ids.filter((id) => id !== null && id !== undefined);
}
