// All kinds of layers, in the order in which errors list them. Knows nothing of models.

import type { Stage } from '../graph/stage.ts';
import type { StageKind } from '../graph/stageKind.ts';
import type { WrittenLayer } from '../layersModel/writtenLayer.ts';
import { ACTIVATION_LAYERS, activationStage, type ActivationLayers } from './activationLayers.ts';
import { add, addStage, writeAdd, type AddLayer } from './add.ts';
import { avgPool2d, avgPool2dFields, avgPoolStage, writeAvgPool2d, type AvgPoolLayer } from './avgPool2d.ts';
import { conv2d, conv2dFields, convStage, writeConvolution, type ConvLayer } from './conv2d.ts';
import { dense, denseFields, denseStage, writeDense, type DenseLayer } from './dense.ts';
import { dropout, dropoutFields, dropoutStage, writeDropout, type DropoutLayer } from './dropout.ts';
import { flatten, writeFlatten, type FlattenLayer } from './flatten.ts';
import { globalAvgPool, writeGlobalAvgPool, type GlobalAvgPoolLayer } from './globalAvgPool.ts';
import {
  groupNorm,
  groupNormFields,
  groupNormStage,
  writeGroupNorm,
  type GroupNormLayer,
} from './groupNorm.ts';
import { maxPool2d, maxPool2dFields, maxPoolStage, writeMaxPool2d, type MaxPoolLayer } from './maxPool2d.ts';
import type { AnyLayer, FieldsOf, LayerKind } from './layer.ts';
import type { SampleShape } from '../shapes.ts';

export type LayerSpec =
  | DenseLayer
  | ConvLayer
  | MaxPoolLayer
  | AvgPoolLayer
  | GroupNormLayer
  | DropoutLayer
  | ActivationLayers[keyof ActivationLayers]
  | FlattenLayer
  | GlobalAvgPoolLayer
  | AddLayer;

type LayerOf<K extends LayerSpec['kind']> = Extract<LayerSpec, { kind: K }>;

export const LAYERS: { readonly [K in LayerSpec['kind']]: LayerKind<LayerOf<K>> } = {
  dense,
  conv2d,
  maxPool2d,
  avgPool2d,
  groupNorm,
  dropout,
  ...ACTIVATION_LAYERS,
  flatten,
  globalAvgPool,
  add,
};

export const LAYER_KINDS = Object.keys(LAYERS) as readonly LayerSpec['kind'][];

/** What the stages do that layers become. */
export const STAGES: {
  readonly [K in Stage['kind']]: StageKind<Extract<Stage, { kind: K }>>;
} = {
  conv: convStage,
  dense: denseStage,
  maxPool: maxPoolStage,
  avgPool: avgPoolStage,
  groupNorm: groupNormStage,
  activation: activationStage,
  add: addStage,
  dropout: dropoutStage,
};

/** Kinds with fields of their own. */
type FieldKind = {
  [K in LayerSpec['kind']]: keyof LayerOf<K> extends keyof AnyLayer ? never : K;
}[LayerSpec['kind']];

/** What a task file says of each; the others have no fields. */
export const LAYER_FIELDS: { readonly [K in FieldKind]: FieldsOf<LayerOf<K>> } = {
  dense: denseFields,
  conv2d: conv2dFields,
  maxPool2d: maxPool2dFields,
  avgPool2d: avgPool2dFields,
  groupNorm: groupNormFields,
  dropout: dropoutFields,
};

/** How each but activations is written to a LayersModel file, given the shape of what it reads. */
export const LAYER_WRITERS: {
  readonly [K in Exclude<LayerSpec['kind'], keyof ActivationLayers>]: (
    layer: LayerOf<K>,
    input: SampleShape,
  ) => WrittenLayer;
} = {
  dense: writeDense,
  conv2d: writeConvolution,
  maxPool2d: writeMaxPool2d,
  avgPool2d: writeAvgPool2d,
  groupNorm: writeGroupNorm,
  dropout: writeDropout,
  flatten: writeFlatten,
  globalAvgPool: writeGlobalAvgPool,
  add: writeAdd,
};
