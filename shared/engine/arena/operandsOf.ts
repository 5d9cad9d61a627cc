// Which tensors an op touches: the only thing that lifetimes need to know of it.

import type { Op } from '../plan.ts';

/** Ids of all tensors that the op reads or writes. */
export function operandsOf(op: Op): number[] {
  switch (op.kind) {
    case 'clear':
    case 'relu':
      return [op.x];
    case 'copy':
      return [op.x, op.y];
    case 'packMask':
      return [op.x, op.mask];
    case 'conv2d':
      return [op.x, op.weight, op.bias, op.y, ...(op.pool?.argmax != null ? [op.pool.argmax] : [])];
    case 'maxPool2d':
      return [op.x, op.y, ...(op.argmax === null ? [] : [op.argmax])];
    case 'dense':
      return [op.x, op.weight, op.bias, op.y];
    case 'softmaxCrossEntropy':
      return [op.logits, op.labels, op.metrics];
    case 'softmax':
      return [op.logits];
    case 'reluGrad':
      return [op.dy, op.source];
    case 'maxPool2dGrad':
      return [op.dy, op.argmax, op.dx];
    case 'conv2dInputGrad':
    case 'denseInputGrad':
      return [op.dy, op.weight, op.dx];
    case 'conv2dWeightGrad':
    case 'denseWeightGrad':
      return [op.x, op.dy, op.target.kind === 'sgd' ? op.target.weight : op.target.accumulator];
    case 'biasGrad':
      return [op.dy, op.target.kind === 'sgd' ? op.target.weight : op.target.accumulator];
    case 'applyAccumulator':
      return [op.accumulator, op.weight];
  }
}
