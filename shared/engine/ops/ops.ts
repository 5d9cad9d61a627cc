// All ops: what each is, and what it does by plain loops. The kernels' own lists: wasm/kernels, webgpu/kernelOf.ts.

import { activation, runActivation, type ActivationOp } from './activation/op.ts';
import { activationGrad, runActivationGrad, type ActivationGradOp } from './activationGrad/op.ts';
import { add, runAdd, type AddOp } from './add/op.ts';
import { applyAccumulator, runApplyAccumulator, type ApplyAccumulatorOp } from './applyAccumulator/op.ts';
import { applyMomentum, runApplyMomentum, type ApplyMomentumOp } from './applyMomentum/op.ts';
import { avgPool2d, runAvgPool2d, type AvgPool2dOp } from './avgPool2d/op.ts';
import { avgPool2dGrad, runAvgPool2dGrad, type AvgPool2dGradOp } from './avgPool2dGrad/op.ts';
import { biasGrad, runBiasGrad, type BiasGradOp } from './biasGrad/op.ts';
import {
  binaryCrossEntropy,
  runBinaryCrossEntropy,
  type BinaryCrossEntropyOp,
} from './binaryCrossEntropy/op.ts';
import { clear, runClear, type ClearOp } from './clear/op.ts';
import { conv2d, runConv2d, type Conv2dOp } from './conv2d/op.ts';
import { conv2dInputGrad, runConv2dInputGrad, type Conv2dInputGradOp } from './conv2dInputGrad/op.ts';
import { conv2dWeightGrad, runConv2dWeightGrad, type Conv2dWeightGradOp } from './conv2dWeightGrad/op.ts';
import { copy, runCopy, type CopyOp } from './copy/op.ts';
import { decayWeight, runDecayWeight, type DecayWeightOp } from './decayWeight/op.ts';
import { dense, runDense, type DenseOp } from './dense/op.ts';
import { denseInputGrad, runDenseInputGrad, type DenseInputGradOp } from './denseInputGrad/op.ts';
import { denseWeightGrad, runDenseWeightGrad, type DenseWeightGradOp } from './denseWeightGrad/op.ts';
import { dropout, runDropout, type DropoutOp } from './dropout/op.ts';
import { expandDepthwise, runExpandDepthwise, type ExpandDepthwiseOp } from './expandDepthwise/op.ts';
import { groupNorm, runGroupNorm, type GroupNormOp } from './groupNorm/op.ts';
import {
  groupNormInputGrad,
  runGroupNormInputGrad,
  type GroupNormInputGradOp,
} from './groupNormInputGrad/op.ts';
import {
  groupNormParameterGrad,
  runGroupNormParameterGrad,
  type GroupNormParameterGradOp,
} from './groupNormParameterGrad/op.ts';
import { maxPool2d, runMaxPool2d, type MaxPool2dOp } from './maxPool2d/op.ts';
import { maxPool2dGrad, runMaxPool2dGrad, type MaxPool2dGradOp } from './maxPool2dGrad/op.ts';
import { meanSquaredError, runMeanSquaredError, type MeanSquaredErrorOp } from './meanSquaredError/op.ts';
import { packMask, runPackMask, type PackMaskOp } from './packMask/op.ts';
import { scaleMomentum, runScaleMomentum, type ScaleMomentumOp } from './scaleMomentum/op.ts';
import { softmax, runSoftmax, type SoftmaxOp } from './softmax/op.ts';
import {
  softmaxCrossEntropy,
  runSoftmaxCrossEntropy,
  type SoftmaxCrossEntropyOp,
} from './softmaxCrossEntropy/op.ts';
import type { OpKind } from './opKind.ts';
import type { ReferenceMemory } from '../reference/memory.ts';

/**
 * Ops of the fused graph, numbers are tensor ids. `count` (samples in this micro-batch), `from` (index of its first
 * sample in the batch), `scale`, `learningRate` and `seed` (of the step, for dropout) are dynamic; all else is static.
 */
export type Op =
  | ActivationOp
  | ActivationGradOp
  | AddOp
  | ApplyAccumulatorOp
  | ApplyMomentumOp
  | AvgPool2dOp
  | AvgPool2dGradOp
  | BiasGradOp
  | BinaryCrossEntropyOp
  | ClearOp
  | Conv2dOp
  | Conv2dInputGradOp
  | Conv2dWeightGradOp
  | CopyOp
  | DecayWeightOp
  | DenseOp
  | DenseInputGradOp
  | DenseWeightGradOp
  | DropoutOp
  | ExpandDepthwiseOp
  | GroupNormOp
  | GroupNormInputGradOp
  | GroupNormParameterGradOp
  | MaxPool2dOp
  | MaxPool2dGradOp
  | MeanSquaredErrorOp
  | PackMaskOp
  | ScaleMomentumOp
  | SoftmaxOp
  | SoftmaxCrossEntropyOp;

/** The op of that kind. */
export type OpOf<K extends Op['kind']> = Extract<Op, { kind: K }>;

/** What a plan needs to know of each op. */
export const OPS: { readonly [K in Op['kind']]: OpKind<OpOf<K>> } = {
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

/** Each op in float64. */
export const REFERENCE_OPS: {
  readonly [K in Op['kind']]: (memory: ReferenceMemory, op: OpOf<K>) => void;
} = {
  activation: runActivation,
  activationGrad: runActivationGrad,
  add: runAdd,
  applyAccumulator: runApplyAccumulator,
  applyMomentum: runApplyMomentum,
  avgPool2d: runAvgPool2d,
  avgPool2dGrad: runAvgPool2dGrad,
  biasGrad: runBiasGrad,
  binaryCrossEntropy: runBinaryCrossEntropy,
  clear: runClear,
  conv2d: runConv2d,
  conv2dInputGrad: runConv2dInputGrad,
  conv2dWeightGrad: runConv2dWeightGrad,
  copy: runCopy,
  decayWeight: runDecayWeight,
  dense: runDense,
  denseInputGrad: runDenseInputGrad,
  denseWeightGrad: runDenseWeightGrad,
  dropout: runDropout,
  expandDepthwise: runExpandDepthwise,
  groupNorm: runGroupNorm,
  groupNormInputGrad: runGroupNormInputGrad,
  groupNormParameterGrad: runGroupNormParameterGrad,
  maxPool2d: runMaxPool2d,
  maxPool2dGrad: runMaxPool2dGrad,
  meanSquaredError: runMeanSquaredError,
  packMask: runPackMask,
  scaleMomentum: runScaleMomentum,
  softmax: runSoftmax,
  softmaxCrossEntropy: runSoftmaxCrossEntropy,
};
