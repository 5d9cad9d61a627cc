// What the plain loops of an op are given: tensors in float64, and what is dynamic in a program.

import type { ActivationFunction } from '../activations/activationFunction.ts';
import type { GradientTarget } from '../ops/gradientTarget.ts';
import type { ArenaTensor, Layout, Matrix } from '../tensors.ts';

/** The arena as the reference sees it: float32 tensors widened to float64 (slot = byte offset / 4), all others in bytes. */
export interface ReferenceArena {
  readonly tensors: readonly ArenaTensor[];
  readonly floats: Float64Array;
  readonly bytes: Uint8Array;
}

/** What is dynamic in a program. */
export interface Dynamic {
  /** Samples in this micro-batch. */
  readonly count: number;
  /** 1 / samples in the whole batch. */
  readonly scale: number;
  readonly learningRate: number;
  /** Index of the first of these samples in the batch. */
  readonly from: number;
  /** Of the step, for dropout. */
  readonly seed: number;
}

/**
 * The arena for one op; arrays are views of it. What it computes with is handed in: pages plan with the files that the plain
 * loops lie in, and are not to fetch anything for them.
 */
export interface ReferenceMemory extends Pick<ReferenceArena, 'tensors' | 'floats'>, Omit<Dynamic, 'from'> {
  /** Index in the batch of the first sample of this micro-batch. */
  readonly firstSample: number;
  /** From this micro-batch's first sample on. */
  floatsOf(id: number): Float64Array;
  /** Decoded where it is held in less than float32: then a copy. */
  weightOf(id: number): Float64Array | Float32Array;
  bytesOf(id: number): Uint8Array;
  layoutOf(id: number): Layout;
  /** Elements of one sample, seen flat. */
  featuresOf(id: number): number;
  forEachElement(layout: Layout, visit: (n: number, i: number, j: number, c: number) => void): void;
  /** Gives the target the gradient of each element of its slice. */
  descend(
    matrix: Matrix,
    target: GradientTarget,
    gradientOf: (position: number, input: number, output: number) => number,
  ): void;
  activate(name: ActivationFunction | null, x: number): number;
  /** See dropoutHash.ts. */
  dropoutHash(stepSeed: number, layerSeed: number, element: number): number;
  /** Derivative of the activation, told from its output. */
  slope(name: ActivationFunction, y: number): number;
}
