// Floating-point operations of an op list: what pacing and GFLOP/s are measured against.

import type { ArenaTensor, GradientTarget, Op } from './plan.ts';
import { lengthOf } from './scheme.ts';

/** Share of a weight that a target takes the gradient of. */
function shareOf(target: GradientTarget, inputs: number, outputs: number): number {
  return (lengthOf(target.inputs) * lengthOf(target.outputs)) / (inputs * outputs);
}

/**
 * Operations of the ops for `count` samples: two for each multiply-add of dense layers and convolutions, forward and
 * backward (no padding or zero-stuffing counted), nothing for the rest.
 */
export function flopsOf(ops: readonly Op[], tensors: readonly ArenaTensor[], count: number): number {
  const pixels = (id: number) => {
    const layout = tensors[id]!.layout!;
    return layout.height * layout.width;
  };
  const features = (id: number) => pixels(id) * tensors[id]!.layout!.channels;
  let flops = 0;
  for (const op of ops) {
    switch (op.kind) {
      case 'conv2d':
      case 'conv2dWeightGrad':
      case 'conv2dInputGrad': {
        const { kernelHeight, kernelWidth, inputChannels, filters, groups } = op.geometry;
        const positions = op.kind === 'conv2d' ? pixels(op.y) * (op.pool ? 4 : 1) : pixels(op.dy);
        const share =
          op.kind === 'conv2dWeightGrad' ? shareOf(op.target, inputChannels / groups, filters) : 1;
        flops +=
          2 * count * positions * kernelHeight * kernelWidth * (inputChannels / groups) * filters * share;
        break;
      }
      case 'dense':
        flops += 2 * count * features(op.x) * features(op.y);
        break;
      case 'denseWeightGrad':
        flops += 2 * count * lengthOf(op.target.inputs) * lengthOf(op.target.outputs);
        break;
      case 'denseInputGrad':
        flops += 2 * count * features(op.dx) * features(op.dy);
        break;
      default:
        break;
    }
  }
  return flops;
}
