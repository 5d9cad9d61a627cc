// All ops: what each is, and what it does by plain loops. Written by ops/opTables.test.ts from the folders in ops: npm test -- opTables -u

import * as activation from './activation/op.ts';
import * as activationGrad from './activationGrad/op.ts';
import * as add from './add/op.ts';
import * as applyAccumulator from './applyAccumulator/op.ts';
import * as applyMomentum from './applyMomentum/op.ts';
import * as avgPool2d from './avgPool2d/op.ts';
import * as avgPool2dGrad from './avgPool2dGrad/op.ts';
import * as biasGrad from './biasGrad/op.ts';
import * as binaryCrossEntropy from './binaryCrossEntropy/op.ts';
import * as clear from './clear/op.ts';
import * as conv2d from './conv2d/op.ts';
import * as conv2dInputGrad from './conv2dInputGrad/op.ts';
import * as conv2dWeightGrad from './conv2dWeightGrad/op.ts';
import * as copy from './copy/op.ts';
import * as decayWeight from './decayWeight/op.ts';
import * as dense from './dense/op.ts';
import * as denseInputGrad from './denseInputGrad/op.ts';
import * as denseWeightGrad from './denseWeightGrad/op.ts';
import * as dropout from './dropout/op.ts';
import * as expandDepthwise from './expandDepthwise/op.ts';
import * as groupNorm from './groupNorm/op.ts';
import * as groupNormInputGrad from './groupNormInputGrad/op.ts';
import * as groupNormParameterGrad from './groupNormParameterGrad/op.ts';
import * as maxPool2d from './maxPool2d/op.ts';
import * as maxPool2dGrad from './maxPool2dGrad/op.ts';
import * as meanSquaredError from './meanSquaredError/op.ts';
import * as packMask from './packMask/op.ts';
import * as scaleMomentum from './scaleMomentum/op.ts';
import * as softmax from './softmax/op.ts';
import * as softmaxCrossEntropy from './softmaxCrossEntropy/op.ts';
import type { OpKind } from './opKind.ts';
import type { ReferenceMemory } from '../reference/memory.ts';

/**
 * Ops of the fused graph, numbers are tensor ids. `count` (samples in this micro-batch), `from` (index of its first
 * sample in the batch), `scale`, `learningRate` and `seed` (of the step, for dropout) are dynamic; all else is static.
 */
export type Op =
  | activation.ActivationOp
  | activationGrad.ActivationGradOp
  | add.AddOp
  | applyAccumulator.ApplyAccumulatorOp
  | applyMomentum.ApplyMomentumOp
  | avgPool2d.AvgPool2dOp
  | avgPool2dGrad.AvgPool2dGradOp
  | biasGrad.BiasGradOp
  | binaryCrossEntropy.BinaryCrossEntropyOp
  | clear.ClearOp
  | conv2d.Conv2dOp
  | conv2dInputGrad.Conv2dInputGradOp
  | conv2dWeightGrad.Conv2dWeightGradOp
  | copy.CopyOp
  | decayWeight.DecayWeightOp
  | dense.DenseOp
  | denseInputGrad.DenseInputGradOp
  | denseWeightGrad.DenseWeightGradOp
  | dropout.DropoutOp
  | expandDepthwise.ExpandDepthwiseOp
  | groupNorm.GroupNormOp
  | groupNormInputGrad.GroupNormInputGradOp
  | groupNormParameterGrad.GroupNormParameterGradOp
  | maxPool2d.MaxPool2dOp
  | maxPool2dGrad.MaxPool2dGradOp
  | meanSquaredError.MeanSquaredErrorOp
  | packMask.PackMaskOp
  | scaleMomentum.ScaleMomentumOp
  | softmax.SoftmaxOp
  | softmaxCrossEntropy.SoftmaxCrossEntropyOp;

/** The op of that kind. */
export type OpOf<K extends Op['kind']> = Extract<Op, { kind: K }>;

/** What a plan needs to know of each op. */
export const OPS: { readonly [K in Op['kind']]: OpKind<OpOf<K>> } = {
  activation: activation.activation,
  activationGrad: activationGrad.activationGrad,
  add: add.add,
  applyAccumulator: applyAccumulator.applyAccumulator,
  applyMomentum: applyMomentum.applyMomentum,
  avgPool2d: avgPool2d.avgPool2d,
  avgPool2dGrad: avgPool2dGrad.avgPool2dGrad,
  biasGrad: biasGrad.biasGrad,
  binaryCrossEntropy: binaryCrossEntropy.binaryCrossEntropy,
  clear: clear.clear,
  conv2d: conv2d.conv2d,
  conv2dInputGrad: conv2dInputGrad.conv2dInputGrad,
  conv2dWeightGrad: conv2dWeightGrad.conv2dWeightGrad,
  copy: copy.copy,
  decayWeight: decayWeight.decayWeight,
  dense: dense.dense,
  denseInputGrad: denseInputGrad.denseInputGrad,
  denseWeightGrad: denseWeightGrad.denseWeightGrad,
  dropout: dropout.dropout,
  expandDepthwise: expandDepthwise.expandDepthwise,
  groupNorm: groupNorm.groupNorm,
  groupNormInputGrad: groupNormInputGrad.groupNormInputGrad,
  groupNormParameterGrad: groupNormParameterGrad.groupNormParameterGrad,
  maxPool2d: maxPool2d.maxPool2d,
  maxPool2dGrad: maxPool2dGrad.maxPool2dGrad,
  meanSquaredError: meanSquaredError.meanSquaredError,
  packMask: packMask.packMask,
  scaleMomentum: scaleMomentum.scaleMomentum,
  softmax: softmax.softmax,
  softmaxCrossEntropy: softmaxCrossEntropy.softmaxCrossEntropy,
};

/** Each op in float64. */
export const REFERENCE_OPS: {
  readonly [K in Op['kind']]: (memory: ReferenceMemory, op: OpOf<K>) => void;
} = {
  activation: activation.runActivation,
  activationGrad: activationGrad.runActivationGrad,
  add: add.runAdd,
  applyAccumulator: applyAccumulator.runApplyAccumulator,
  applyMomentum: applyMomentum.runApplyMomentum,
  avgPool2d: avgPool2d.runAvgPool2d,
  avgPool2dGrad: avgPool2dGrad.runAvgPool2dGrad,
  biasGrad: biasGrad.runBiasGrad,
  binaryCrossEntropy: binaryCrossEntropy.runBinaryCrossEntropy,
  clear: clear.runClear,
  conv2d: conv2d.runConv2d,
  conv2dInputGrad: conv2dInputGrad.runConv2dInputGrad,
  conv2dWeightGrad: conv2dWeightGrad.runConv2dWeightGrad,
  copy: copy.runCopy,
  decayWeight: decayWeight.runDecayWeight,
  dense: dense.runDense,
  denseInputGrad: denseInputGrad.runDenseInputGrad,
  denseWeightGrad: denseWeightGrad.runDenseWeightGrad,
  dropout: dropout.runDropout,
  expandDepthwise: expandDepthwise.runExpandDepthwise,
  groupNorm: groupNorm.runGroupNorm,
  groupNormInputGrad: groupNormInputGrad.runGroupNormInputGrad,
  groupNormParameterGrad: groupNormParameterGrad.runGroupNormParameterGrad,
  maxPool2d: maxPool2d.runMaxPool2d,
  maxPool2dGrad: maxPool2dGrad.runMaxPool2dGrad,
  meanSquaredError: meanSquaredError.runMeanSquaredError,
  packMask: packMask.runPackMask,
  scaleMomentum: scaleMomentum.runScaleMomentum,
  softmax: softmax.runSoftmax,
  softmaxCrossEntropy: softmaxCrossEntropy.runSoftmaxCrossEntropy,
};
