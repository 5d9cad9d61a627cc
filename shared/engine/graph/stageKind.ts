// What each kind of stage does in the forward and the backward pass: the passes call it, layer files say it.

import type { ActivationFunction } from '../activations/activationFunction.ts';
import type { GradientTarget } from '../ops/gradientTarget.ts';
import type { Op } from '../ops/ops.ts';
import type { Range } from '../range.ts';
import type { Layout } from '../tensors.ts';
import type { ConvStage, Stage } from './stage.ts';

/** A stage in the forward pass, or where its value is made once more in the backward pass. */
export interface ForwardSite {
  readonly ops: Op[];
  /** What it reads first, with the border that it needs, and what it writes: the same where it works in place. */
  readonly x: number;
  readonly y: number;
  /** It writes a tensor of its own. */
  readonly isNew: boolean;
  /** Tensor of a value that it reads. */
  tensorOf(value: number): number;
  /** Tensor of a parameter, by its index in the model. */
  parameter(index: number): number;
  /** What of it is held apart; null: nothing. */
  apart(index: number): ApartSlice | null;
  /** Tensors that the backward pass asks for; null where it does not. */
  argmax(): number | null;
  stats(groups: number): number | null;
  /** The convolution before it that becomes a part of its op. */
  expanded(): ConvStage | null;
  /** Scratch of one sample. */
  ofSample(layout: Layout): number;
  /** The relu or relu6 of what it reads whose gradient its argmax tells. */
  activationTakenOver(): 'relu' | 'relu6' | null;
}

/**
 * The trained slice of a weight that is held apart: float32, all inputs of these outputs. The weight's own tensor, in less
 * than float32, holds nothing but zeroes there.
 */
export interface ApartSlice {
  /** Of its tensor `[positions, inputs, outputs of the slice]`. */
  readonly id: number;
  readonly outputs: Range;
}

export interface Gradient {
  readonly id: number;
  readonly layout: Layout;
  readonly isOfBatch: boolean;
}

/** How an op writes its contribution to the gradient of a value. */
export interface GradientWriter {
  /** Appends the op that writes the gradient into `dx`. */
  readonly write: (dx: number, accumulate: boolean) => void;
  readonly canAccumulate?: boolean;
  readonly compactOnly?: boolean;
  readonly isScattered?: boolean;
}

/** A stage in the backward pass: its activation's gradient is taken already. */
export interface BackwardSite {
  readonly ops: Op[];
  /** Of what it gives. */
  readonly gradient: Gradient;
  readonly argmax: number | null;
  readonly stats: number | null;
  /** The first value that it reads. */
  readonly read: number;
  /** What it read, made once more where it was dropped. */
  input(): number;
  parameter(index: number): number;
  /** What of it is held apart; null: nothing. */
  apart(index: number): ApartSlice | null;
  /** Gradients flow through the value. */
  passes(value: number): boolean;
  /** The value wants a gradient that lies like this one, and has none yet. */
  canKeep(value: number, gradient: Gradient): boolean;
  contribute(value: number, writer: GradientWriter): void;
  /** Hands a finished gradient on to a value, which may keep the tensor as its own: whether it did. */
  pass(value: number, gradient: Gradient, mayKeep: boolean): boolean;
  /** Appends the op that takes the gradient of a parameter, if it is trained; `isDeferrable`: at the end of the batch maybe. */
  train(parameter: number, op: (target: GradientTarget) => Op, isDeferrable?: boolean): void;
  /** A target that moves no parameter yet, and the ops that do; null where it is frozen. */
  waiting(parameter: number): { readonly target: GradientTarget; readonly after: readonly Op[] } | null;
  /** A gradient of the image before the fused pool. */
  unpooled(layout: Layout): Gradient;
}

export interface StageKind<S extends Stage> {
  /** Overwrites what it reads where nobody else needs that. */
  readonly isInPlace?: true;
  /** Of its own output; none where a fused pool's argmax has taken it over. */
  activation?(stage: S): ActivationFunction | null;
  forward(stage: S, site: ForwardSite): void;
  backward(stage: S, site: BackwardSite): void;
}
