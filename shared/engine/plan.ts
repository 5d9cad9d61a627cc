// A training plan: the static program of one (model, scheme, batch, micro-batch, form) with every byte placed.
// Pure data: backends emit from it, the reference interprets it, the planner reports it.

import type { ModelSpec } from './model.ts';
import type { UpdateScheme } from './scheme.ts';

/**
 * How a batch is cut into micro-batches:
 * - `whole`: not at all; SGD is fused into each weight gradient
 * - `accumulating`: gradients add up in an accumulator as large as what is trained; exact
 * - `immediate`: no accumulator; each micro-batch moves the weights by its share of the batch's mean gradient
 *   (exact to first order in the learning rate); source: design of TTE's in-place update, arXiv 2206.15472
 */
export type MicroBatchForm = 'whole' | 'accumulating' | 'immediate';

export type ElementType = 'float32' | 'uint8' | 'float64';

/**
 * Where element `(n, i, j, c)` of a float32 image tensor lies, in elements from its start:
 * `((n * rows + top + i * step) * columns + left + j * step) * channels + c`.
 * Everything else inside `rows x columns` is a border that must read as zero. Compact means
 * rows = height, columns = width, top = left = 0, step = 1. Dense activations are 1 x 1 x features.
 */
export interface Layout {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly rows: number;
  readonly columns: number;
  readonly top: number;
  readonly left: number;
  /** Distance between neighbours: 2 for the zero-stuffed output gradient of a stride-2 convolution. */
  readonly step: number;
}

export type TensorRole =
  | 'metrics'
  | 'parameter'
  | 'base'
  | 'accumulator'
  | 'input'
  | 'labels'
  | 'activation'
  | 'argmax'
  | 'mask'
  | 'gradient';

/** One tensor of the arena. Offsets are multiples of 16 bytes, except in the base region, which is packed. */
export interface ArenaTensor {
  readonly id: number;
  readonly name: string;
  readonly role: TensorRole;
  readonly elementType: ElementType;
  /** Per-sample layout of activations and gradients (leading axis: the micro-batch); null for all others. */
  readonly layout: Layout | null;
  /** Number of elements, the micro-batch included. */
  readonly size: number;
  readonly bytes: number;
  readonly offset: number;
}

/** What becomes of a weight gradient: `w -= learningRate * g` at once, or `accumulator += g`. */
export type GradientTarget =
  | { readonly kind: 'sgd'; readonly weight: number }
  | { readonly kind: 'accumulate'; readonly accumulator: number };

export interface ConvGeometry {
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  readonly stride: 1 | 2;
  readonly inputChannels: number;
  readonly filters: number;
}

/**
 * Ops of the fused graph, numbers are tensor ids. `count` (samples in this micro-batch) is dynamic; all else is static.
 * A padded `x` already carries its zero border, so every convolution is a valid one over `rows x columns` of its layout.
 */
export type Op =
  /** Zeroes all of `x` outside its elements (per sample), or all of it where `step` > 1 or it is scattered into. */
  | { readonly kind: 'clear'; readonly x: number; readonly what: 'border' | 'all' }
  | {
      readonly kind: 'conv2d';
      readonly x: number;
      readonly weight: number;
      readonly bias: number;
      readonly y: number;
      readonly geometry: ConvGeometry;
      readonly relu: boolean;
      /** Fused 2 x 2 / 2 max-pool: `y` is the pooled tensor; `argmax` holds 0..3 (row-major in the window), 255 where relu cut the maximum off; null when nobody needs it. */
      readonly pool: { readonly argmax: number | null } | null;
    }
  | {
      readonly kind: 'maxPool2d';
      readonly x: number;
      readonly y: number;
      readonly size: number;
      readonly stride: number;
      /** As above with size * size window positions. */
      readonly argmax: number | null;
      /** The pooled values have gone through relu (x <= 0 means 255 in argmax). */
      readonly relu: boolean;
    }
  /** `y[count, units] = x[count, inputs] * weight + bias`, optionally relu. */
  | {
      readonly kind: 'dense';
      readonly x: number;
      readonly weight: number;
      readonly bias: number;
      readonly y: number;
      readonly relu: boolean;
    }
  /** In place. */
  | { readonly kind: 'relu'; readonly x: number }
  /** Element (n, i, j, c) of `x` to the same element of `y`, between layouts. */
  | { readonly kind: 'copy'; readonly x: number; readonly y: number }
  /** One bit an element: bit e of the mask = x[e] > 0, e counting through the buffer as it lies (borders included), least significant bit first. */
  | { readonly kind: 'packMask'; readonly x: number; readonly mask: number }
  /**
   * Adds loss and hits of `count` samples to the metrics; when `gradient` is set, replaces the logits in place by
   * `(softmax - onehot) * scale`, scale = 1 / samples in the whole batch.
   */
  | {
      readonly kind: 'softmaxCrossEntropy';
      readonly logits: number;
      readonly labels: number;
      readonly metrics: number;
      readonly gradient: boolean;
    }
  /** Logits to probabilities, in place. */
  | { readonly kind: 'softmax'; readonly logits: number }
  /** `dy` = 0 where the activation was not positive; `source` is the activation itself (any layout) or its packed mask. In place. */
  | {
      readonly kind: 'reluGrad';
      readonly dy: number;
      readonly source: number;
      readonly form: 'value' | 'bits';
    }
  /** Scatters `dy` (pooled) into `dx` through argmax; `dx` was cleared before. Where windows overlap, gradients add. */
  | {
      readonly kind: 'maxPool2dGrad';
      readonly dy: number;
      readonly argmax: number;
      readonly dx: number;
      readonly size: number;
      readonly stride: number;
    }
  /**
   * `dx` = full correlation of `dy` with the flipped kernel. `dy`'s layout is padded (and zero-stuffed at stride 2)
   * so that a valid stride-1 convolution over it yields exactly height x width of `dx`.
   */
  | {
      readonly kind: 'conv2dInputGrad';
      readonly dy: number;
      readonly weight: number;
      readonly dx: number;
      readonly geometry: ConvGeometry;
    }
  | {
      readonly kind: 'conv2dWeightGrad';
      readonly x: number;
      readonly dy: number;
      readonly target: GradientTarget;
      readonly geometry: ConvGeometry;
    }
  /** Sum of `dy` over samples and pixels. */
  | { readonly kind: 'biasGrad'; readonly dy: number; readonly target: GradientTarget }
  | { readonly kind: 'denseInputGrad'; readonly dy: number; readonly weight: number; readonly dx: number }
  | {
      readonly kind: 'denseWeightGrad';
      readonly x: number;
      readonly dy: number;
      readonly target: GradientTarget;
    }
  /** `weight -= learningRate * accumulator; accumulator = 0`. */
  | { readonly kind: 'applyAccumulator'; readonly accumulator: number; readonly weight: number };

/** Tensors that JavaScript writes before a program runs, or reads after it. */
export interface ProgramIo {
  readonly input: number;
  readonly labels: number;
  readonly logits: number;
}

export interface Programs {
  /** Forward and backward of one micro-batch; empty for an empty scheme. */
  readonly train: readonly Op[];
  /** Once a batch after its last micro-batch (`accumulating` only; else empty). */
  readonly apply: readonly Op[];
  readonly evaluate: readonly Op[];
  readonly predict: readonly Op[];
}

/**
 *     0                                                                         arenaBytes
 *     | metrics | parameters | base copies | accumulators | scratch (activations, masks, gradients, input) |
 *                            ^ transferOffset: dead between updates, so messages are held here
 */
export interface TrainingPlan {
  readonly model: ModelSpec;
  readonly scheme: UpdateScheme;
  /** Most samples of one `step`. */
  readonly batch: number;
  readonly microBatch: number;
  readonly form: MicroBatchForm;
  readonly programs: Programs;
  readonly io: { readonly train: ProgramIo; readonly evaluate: ProgramIo; readonly predict: ProgramIo };
  readonly tensors: readonly ArenaTensor[];
  /** Id of the arena tensor of each model parameter, in the model's order. */
  readonly parameterIds: readonly number[];
  /** Id of the base copy of each scheme entry, in scheme order; contiguous in the arena: this region is the update's payload. */
  readonly baseIds: readonly number[];
  /** Float64 loss sum and float64 hits. */
  readonly metricsId: number;

  /** Parameters, metrics, accumulators, input, activations, masks, gradients: comparable with a framework's training peak. */
  readonly stepBytes: number;
  /** Largest sum of bytes alive at any op, with the same inclusions as stepBytes: no placement can be smaller. */
  readonly lowerBoundBytes: number;
  /** All that the device holds for training: step, base copy and the transfer buffer where it does not fit into dead space. The budget bounds this. */
  readonly deviceBytes: number;
  readonly arenaBytes: number;
  readonly transferOffset: number;
  readonly transferBytes: number;
  /** 64 KiB pages of the fixed WebAssembly memory. */
  readonly pages: number;
  /** Trained elements / all elements. */
  readonly trainedShare: number;
  /** Floating-point operations of one step on a full batch (a multiply-add counts two); the pacing of devices is against this. */
  readonly flopsPerStep: number;
}
