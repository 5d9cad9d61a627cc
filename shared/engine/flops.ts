// Floating-point operations of an op list: what pacing and GFLOP/s are measured against.

import type { ConvGeometry } from './ops/conv2d/geometry.ts';
import type { GradientTarget } from './ops/gradientTarget.ts';
import type { Op } from './plan.ts';
import type { ArenaTensor } from './tensors.ts';
import { lengthOf } from './range.ts';

/** Share of a weight that a target takes the gradient of. */
function shareOf(target: GradientTarget, inputs: number, outputs: number): number {
  return (lengthOf(target.inputs) * lengthOf(target.outputs)) / (inputs * outputs);
}

/** Of a convolution, for each output pixel. */
function flopsOfPixel({ kernelHeight, kernelWidth, inputChannels, filters, groups }: ConvGeometry): number {
  return 2 * kernelHeight * kernelWidth * (inputChannels / groups) * filters;
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
        const { inputChannels, filters, groups } = op.geometry;
        const positions = op.kind === 'conv2d' ? pixels(op.y) * (op.pool ? 4 : 1) : pixels(op.dy);
        const share =
          op.kind === 'conv2dWeightGrad' ? shareOf(op.target, inputChannels / groups, filters) : 1;
        flops += count * positions * flopsOfPixel(op.geometry) * share;
        break;
      }
      case 'expandDepthwise': {
        const { width } = tensors[op.rows]!.layout!;
        flops += count * op.expandedHeight * width * flopsOfPixel(op.expand.geometry);
        flops += count * pixels(op.y) * flopsOfPixel(op.depthwise.geometry);
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
