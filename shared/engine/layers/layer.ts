// What a kind of layer is, and what kinds share. Knows nothing of any of them.

import type { ActivationFunction } from '../activations/activationFunction.ts';
import type { Stage, StageBase } from '../graph/stage.ts';
import type { ImageShape, SampleShape } from '../shapes.ts';

export interface LayerBase {
  readonly name: string;
  /** Names of the layers whose outputs it reads (`input` is the model's own input); default: the layer before it. */
  readonly inputs?: readonly string[];
}

/** A layer of whatever kind. */
export interface AnyLayer extends LayerBase {
  readonly kind: string;
}

/** A kind of layer; its functions throw RangeError naming a layer that cannot work. */
export interface LayerKind<L extends AnyLayer> {
  /** How many layers it reads; default 1. */
  readonly numInputs?: number;
  /** A model may end with it: it gives outputs without an activation. */
  readonly givesOutputs?: true;
  /** What it does, where it is nothing but an activation: the stage before it may take it over. */
  readonly activation?: ActivationFunction;
  /** Shape of what it makes of inputs of these shapes; checks its fields. */
  shape(layer: L, inputs: readonly SampleShape[]): SampleShape;
  /** Shapes of its parameters by role, weight before bias, where it reads that many channels; absent: it has none. */
  parameters?(layer: L, channels: number): Readonly<Record<string, readonly number[]>>;
  /** The stage that it becomes; null: its value is what it reads. */
  lower(layer: L, lowering: Lowering): Stage | null;
}

/** Where a layer is lowered. */
export interface Lowering {
  readonly base: StageBase;
  /** What it reads, as it was before a flatten: that is how it is seen by element or by channel. */
  readonly unflattened: ImageShape;
  /** The layer's place in the model. */
  readonly index: number;
  valueShape(value: number): ImageShape;
  /** Index of a parameter among the model's. */
  parameter(role: string): number;
  /** The next layer becomes a part of this one's stage if it alone reads it and `accepts` says so. */
  take(accepts: (next: AnyLayer) => boolean): boolean;
  /** As `take`, for an activation; null where there is none. */
  takeActivation(): ActivationFunction | null;
  /** What the last layer that was taken gives. */
  output(): ImageShape;
}

/** What a task file may say of a field. */
export type FieldType = 'count' | 'optionalCount' | 'finite' | 'extent' | 'kernel' | 'stride' | 'padding';

/** The fields of a kind of layer besides those of all. */
export type FieldsOf<L extends AnyLayer> = {
  readonly [F in Exclude<keyof L, keyof AnyLayer>]-?: FieldType;
};

/** Height and width of a pooling window or step. */
export function pairOf(extent: number | readonly [number, number]): readonly [number, number] {
  return typeof extent === 'number' ? [extent, extent] : extent;
}

export function expectImage(layer: AnyLayer, input: SampleShape): void {
  expectRank(layer, input, 3, 'its input must be [height, width, channels]');
}

export function expectRank(layer: AnyLayer, input: SampleShape, rank: number, advice: string): void {
  if (input.length !== rank)
    throw new RangeError(`layer "${layer.name}" (${layer.kind}): ${advice}, got input [${input.join(', ')}]`);
}

export function expectCount(layer: AnyLayer, what: string, value: number): void {
  if (!Number.isInteger(value) || value < 1)
    throw new RangeError(`layer "${layer.name}": ${what} must be an integer >= 1, got ${String(value)}`);
}

export function expectSize(layer: AnyLayer, input: SampleShape, output: SampleShape): SampleShape {
  if (output.some((extent) => extent < 1))
    throw new RangeError(
      `layer "${layer.name}" (${layer.kind}) leaves nothing of its input [${input.join(', ')}]`,
    );
  return output;
}
