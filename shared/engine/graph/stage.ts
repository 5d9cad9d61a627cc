// Stages of a lowered model: each one op, with the activation and the pool that are fused into it, over numbered values.

import type { ActivationFunction } from '../activations/activationFunction.ts';
import type { ConvGeometry } from '../ops/conv2d/geometry.ts';
import type { PoolGeometry } from '../ops/poolGeometry.ts';
import type { ImageShape } from '../shapes.ts';

export interface StageBase {
  /** Values read: 0 is the model's input, k the output of stage k - 1. */
  readonly reads: readonly number[];
  /** Shape of the first value read, as the stage sees it, and of what it gives. */
  readonly input: ImageShape;
  readonly output: ImageShape;
}

export interface ConvStage extends StageBase {
  readonly kind: 'conv';
  readonly geometry: ConvGeometry;
  /** Zero rows and columns after the image that "same" padding needs (those before it are the geometry's). */
  readonly padBottom: number;
  readonly padRight: number;
  /** Shape before the fused pool. */
  readonly convolved: ImageShape;
  readonly weight: number;
  readonly bias: number;
  readonly activation: ActivationFunction | null;
  readonly pool: boolean;
}

export interface DenseStage extends StageBase {
  readonly kind: 'dense';
  readonly weight: number;
  readonly bias: number;
  readonly activation: ActivationFunction | null;
}

export interface MaxPoolStage extends StageBase {
  readonly kind: 'maxPool';
  readonly geometry: PoolGeometry;
}

export interface AvgPoolStage extends StageBase {
  readonly kind: 'avgPool';
  readonly geometry: PoolGeometry;
}

export interface ActivationStage extends StageBase {
  readonly kind: 'activation';
  readonly function: ActivationFunction;
}

export interface NormStage extends StageBase {
  readonly kind: 'groupNorm';
  readonly groups: number;
  readonly epsilon: number;
  readonly weight: number;
  readonly bias: number;
}

export interface AddStage extends StageBase {
  readonly kind: 'add';
}

export interface DropoutStage extends StageBase {
  readonly kind: 'dropout';
  readonly rate: number;
  readonly layerSeed: number;
}

export type Stage =
  | ConvStage
  | DenseStage
  | MaxPoolStage
  | AvgPoolStage
  | ActivationStage
  | NormStage
  | AddStage
  | DropoutStage;
