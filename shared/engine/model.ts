// A model as data: a list of layers and the named parameter tensors that follow from it.
// Knows nothing of memory, plans, tasks or the network.

/** Shape of one sample: `[height, width, channels]`, or `[features]`. The batch axis is never part of it. */
export type SampleShape = readonly number[];

export type LayerSpec =
  | { readonly kind: 'dense'; readonly name: string; readonly units: number }
  | {
      readonly kind: 'conv2d';
      readonly name: string;
      readonly filters: number;
      /** `[height, width]` in pixels. */
      readonly kernel: readonly [number, number];
      readonly stride: 1 | 2;
      readonly padding: 'same' | 'valid';
    }
  | {
      readonly kind: 'maxPool2d';
      readonly name: string;
      /** Window and stride, in pixels; windows do not pad: a remainder at the edge is dropped. */
      readonly size: number;
      readonly stride: number;
    }
  | { readonly kind: 'relu'; readonly name: string }
  | { readonly kind: 'flatten'; readonly name: string };

/** A sequential network whose last layer gives one logit a class; trained by softmax cross-entropy. */
export interface ModelSpec {
  readonly id: string;
  readonly input: SampleShape;
  readonly layers: readonly LayerSpec[];
  readonly loss: 'softmaxCrossEntropy';
}

/**
 * One named parameter tensor ("block" on the wire).
 * - conv2d: `NAME.weight` `[kernelHeight, kernelWidth, inputChannels, filters]`, `NAME.bias` `[filters]`
 * - dense: `NAME.weight` `[inputs, units]`, `NAME.bias` `[units]`
 *
 * All float32, row-major.
 */
export interface ParameterSpec {
  readonly name: string;
  readonly layer: string;
  readonly role: 'weight' | 'bias';
  readonly shape: readonly number[];
  /** Number of elements. */
  readonly size: number;
}

/** Parameter values in the order of `parametersOf(model)`; each array is owned by whoever made it and treated as immutable. */
export type Parameters = readonly Float32Array[];
