// The kernels that few models need, fetched by those that do.

import type { RareOp } from './emitCommonOp.ts';
import { emitDepthwiseConv2d } from '../../ops/conv2d/depthwiseWasm.ts';
import { emitDepthwiseInputGrad } from '../../ops/conv2dInputGrad/depthwiseWasm.ts';
import { emitDepthwiseWeightGrad } from '../../ops/conv2dWeightGrad/depthwiseWasm.ts';
import { emitAdd } from '../../ops/add/wasm.ts';
import { emitCopy } from '../../ops/copy/wasm.ts';
import { emitDropout } from '../../ops/dropout/wasm.ts';
import { emitExpandDepthwise } from '../../ops/expandDepthwise/wasm.ts';
import { emitGroupNorm } from '../../ops/groupNorm/wasm.ts';
import { emitGroupNormInputGrad } from '../../ops/groupNormInputGrad/wasm.ts';
import { emitGroupNormParameterGrad } from '../../ops/groupNormParameterGrad/wasm.ts';
import { imageOf } from './kernel.ts';
import type { Kernel } from './kernel.ts';
import { emitAvgPool2d } from '../../ops/avgPool2d/wasm.ts';
import { emitAvgPool2dGrad } from '../../ops/avgPool2dGrad/wasm.ts';
import { emitMaxPool2d } from '../../ops/maxPool2d/wasm.ts';
import { emitBinaryCrossEntropy } from '../../ops/binaryCrossEntropy/wasm.ts';
import { emitMeanSquaredError } from '../../ops/meanSquaredError/wasm.ts';
import { emitDecayWeight } from '../../ops/decayWeight/wasm.ts';
import { emitScaleMomentum } from '../../ops/scaleMomentum/wasm.ts';

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
