// Written by ops/opTables.test.ts from the folders in ops: npm test -- opTables -u

import { activation } from '../../ops/activation/webgpu.ts';
import { activationGrad } from '../../ops/activationGrad/webgpu.ts';
import { add } from '../../ops/add/webgpu.ts';
import { applyAccumulator } from '../../ops/applyAccumulator/webgpu.ts';
import { applyMomentum } from '../../ops/applyMomentum/webgpu.ts';
import { avgPool2d } from '../../ops/avgPool2d/webgpu.ts';
import { avgPool2dGrad } from '../../ops/avgPool2dGrad/webgpu.ts';
import { biasGrad } from '../../ops/biasGrad/webgpu.ts';
import { binaryCrossEntropy } from '../../ops/binaryCrossEntropy/webgpu.ts';
import { clear } from '../../ops/clear/webgpu.ts';
import { conv2d } from '../../ops/conv2d/webgpu.ts';
import { conv2dInputGrad } from '../../ops/conv2dInputGrad/webgpu.ts';
import { conv2dWeightGrad } from '../../ops/conv2dWeightGrad/webgpu.ts';
import { copy } from '../../ops/copy/webgpu.ts';
import { decayWeight } from '../../ops/decayWeight/webgpu.ts';
import { dense } from '../../ops/dense/webgpu.ts';
import { denseInputGrad } from '../../ops/denseInputGrad/webgpu.ts';
import { denseWeightGrad } from '../../ops/denseWeightGrad/webgpu.ts';
import { dropout } from '../../ops/dropout/webgpu.ts';
import { expandDepthwise } from '../../ops/expandDepthwise/webgpu.ts';
import { groupNorm } from '../../ops/groupNorm/webgpu.ts';
import { groupNormInputGrad } from '../../ops/groupNormInputGrad/webgpu.ts';
import { groupNormParameterGrad } from '../../ops/groupNormParameterGrad/webgpu.ts';
import { maxPool2d } from '../../ops/maxPool2d/webgpu.ts';
import { maxPool2dGrad } from '../../ops/maxPool2dGrad/webgpu.ts';
import { meanSquaredError } from '../../ops/meanSquaredError/webgpu.ts';
import { packMask } from '../../ops/packMask/webgpu.ts';
import { scaleMomentum } from '../../ops/scaleMomentum/webgpu.ts';
import { softmax } from '../../ops/softmax/webgpu.ts';
import { softmaxCrossEntropy } from '../../ops/softmaxCrossEntropy/webgpu.ts';
import type { Op, OpOf } from '../../ops/ops.ts';
import type { Kernel, KernelPlan } from './kernel.ts';

export const KERNELS: { readonly [K in Op['kind']]: (plan: KernelPlan, op: OpOf<K>) => Kernel } = {
  activation,
  activationGrad,
  add,
  applyAccumulator,
  applyMomentum,
  avgPool2d,
  avgPool2dGrad,
  biasGrad,
  binaryCrossEntropy,
  clear,
  conv2d,
  conv2dInputGrad,
  conv2dWeightGrad,
  copy,
  decayWeight,
  dense,
  denseInputGrad,
  denseWeightGrad,
  dropout,
  expandDepthwise,
  groupNorm,
  groupNormInputGrad,
  groupNormParameterGrad,
  maxPool2d,
  maxPool2dGrad,
  meanSquaredError,
  packMask,
  scaleMomentum,
  softmax,
  softmaxCrossEntropy,
};
