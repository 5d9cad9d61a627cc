// A training plan: the static program of one (model, scheme, batch, micro-batch, form) with every byte placed.
// Pure data: backends emit from it, the reference interprets it, the planner reports it.

import type { ActivationFunction } from './activations/activation.ts';
import type { ModelSpec } from './model.ts';
import type { ConvGeometry } from './ops/conv2d/geometry.ts';
import type { GradientTarget } from './ops/gradientTarget.ts';
import type { PoolGeometry } from './ops/poolGeometry.ts';
import type { Range } from './range.ts';
import type { UpdateScheme } from './scheme.ts';
import type { ArenaTensor, Precision } from './tensors.ts';

/**
 * How a batch is cut into micro-batches:
 * - `whole`: not at all; SGD is fused into each weight gradient
 * - `deferred`: inputs and output gradients of trained dense layers are kept for the whole batch, and their weight
 *   gradients are taken once at its end with SGD fused in; all other gradients add up in accumulators; exact
 * - `accumulating`: all gradients add up in accumulators as large as what is trained; exact
 * - `immediate`: no accumulator; each micro-batch moves the weights by its share of the batch's mean gradient
 *   (exact to first order in the learning rate; after TTE's in-place update, arXiv 2206.15472)
 */
export type MicroBatchForm = 'whole' | 'deferred' | 'accumulating' | 'immediate';

/** Local SGD: `g' = g + decay * w + proximal * (w - base)`; `v = momentum * v + g'`; `w -= learningRate * v`. */
export interface OptimizerSpec {
  /** 0: no state; else one state tensor as large as what is trained, kept across steps, zero at `beginUpdate`. */
  readonly momentum: number;
  readonly weightDecay: number;
  /** FedProx's mu (arXiv 1812.06127, eq. 2): pulls towards the base of the update. */
  readonly proximal: number;
}

/** One convolution of an op that makes two. */
export interface ConvStep {
  readonly weight: number;
  readonly bias: number;
  readonly geometry: ConvGeometry;
  readonly activation: ActivationFunction | null;
}

/**
 * Ops of the fused graph, numbers are tensor ids. `count` (samples in this micro-batch), `from` (index of its first
 * sample in the batch), `scale`, `learningRate` and `seed` (of the step, for dropout) are dynamic; all else is static.
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
      readonly activation: ActivationFunction | null;
      /**
       * Fused 2 x 2 / 2 max-pool (groups = 1 only): `y` is the pooled tensor; `argmax` holds 0..3 (row-major in the
       * window), 255 where the activation (relu or relu6) has no gradient at the maximum; null when nobody needs it.
       */
      readonly pool: { readonly argmax: number | null } | null;
    }
  /**
   * Two convolutions in one pass, the second depthwise. The image between them, `expandedHeight` high, never exists as a
   * whole: `rows` (scratch of one sample) has room for the rows that a strip of outputs reads, with the border at its left
   * and right that the second pads with. A backend that needs no such room leaves `rows` alone.
   */
  | {
      readonly kind: 'expandDepthwise';
      readonly x: number;
      readonly expand: ConvStep;
      readonly depthwise: ConvStep;
      readonly y: number;
      readonly rows: number;
      readonly expandedHeight: number;
    }
  | {
      readonly kind: 'maxPool2d';
      readonly x: number;
      readonly y: number;
      readonly geometry: PoolGeometry;
      /** Position in the window, row-major, compact. */
      readonly argmax: number | null;
      /** What the pooled values have gone through before; 255 in argmax where it has no gradient. */
      readonly activation: 'relu' | 'relu6' | null;
    }
  | { readonly kind: 'avgPool2d'; readonly x: number; readonly y: number; readonly geometry: PoolGeometry }
  /** `y[count, units] = activation(x[count, inputs] * weight + bias)`. */
  | {
      readonly kind: 'dense';
      readonly x: number;
      readonly weight: number;
      readonly bias: number;
      readonly y: number;
      readonly activation: ActivationFunction | null;
    }
  /** In place. */
  | { readonly kind: 'activation'; readonly x: number; readonly function: ActivationFunction }
  /** Element (n, i, j, c) of `x` to the same element of `y`, between layouts. */
  | { readonly kind: 'copy'; readonly x: number; readonly y: number }
  /** `y += x`, element (n, i, j, c) by element, between layouts. */
  | { readonly kind: 'add'; readonly x: number; readonly y: number }
  /**
   * Normalises each group of channels of a sample over its pixels, then scales and shifts by channel. `stats` (scratch,
   * `[count, groups, 2]`: mean and 1 / deviation) is null where no backward pass needs it.
   */
  | {
      readonly kind: 'groupNorm';
      readonly x: number;
      readonly y: number;
      readonly scale: number;
      readonly shift: number;
      readonly stats: number | null;
      readonly groups: number;
      readonly epsilon: number;
    }
  /**
   * In place, forward on values and backward on gradients alike: element e of sample n of the batch (compact index) is
   * kept and divided by 1 - rate where `dropoutHash(seed, layerSeed, n * features + e) >= rate`, else zeroed.
   */
  | { readonly kind: 'dropout'; readonly x: number; readonly rate: number; readonly layerSeed: number }
  /** One bit an element: bit e of the mask = activation has a gradient at x[e], e counting through compact `x`, least significant bit first. */
  | {
      readonly kind: 'packMask';
      readonly x: number;
      readonly mask: number;
      readonly function: 'relu' | 'relu6';
    }
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
  /**
   * Mean over the outputs of the binary cross-entropy of sigmoid(logits) and targets in [0, 1] (float32
   * `[count, outputs]`); a hit is a sample all of whose outputs fall on the target's side of 1/2. Gradient in place:
   * `(sigmoid - target) * scale / outputs`.
   */
  | {
      readonly kind: 'binaryCrossEntropy';
      readonly logits: number;
      readonly targets: number;
      readonly metrics: number;
      readonly gradient: boolean;
    }
  /** Mean over the outputs of the squared error; no hits. Gradient in place: `2 (output - target) * scale / outputs`. */
  | {
      readonly kind: 'meanSquaredError';
      readonly logits: number;
      readonly targets: number;
      readonly metrics: number;
      readonly gradient: boolean;
    }
  /** Logits to probabilities, in place. */
  | { readonly kind: 'softmax'; readonly logits: number }
  /**
   * `dy *= activation'`, in place; `source` is the activation's output (any layout) or, for relu and relu6 and compact
   * `dy`, its packed mask.
   */
  | {
      readonly kind: 'activationGrad';
      readonly dy: number;
      readonly source: number;
      readonly function: ActivationFunction;
      readonly form: 'value' | 'bits';
    }
  /** Scatters `dy` (pooled) into `dx` through argmax; `dx` was cleared before. Where windows overlap, gradients add. */
  | {
      readonly kind: 'maxPool2dGrad';
      readonly dy: number;
      readonly argmax: number;
      readonly dx: number;
      readonly geometry: PoolGeometry;
    }
  /** Spreads `dy / window size` over `dx`, which was cleared before; overlapping windows add. */
  | {
      readonly kind: 'avgPool2dGrad';
      readonly dy: number;
      readonly dx: number;
      readonly geometry: PoolGeometry;
    }
  /**
   * `dx` = full correlation of `dy` with the flipped kernel, added to what `dx` holds if `accumulate`. `dy`'s layout is
   * padded (and zero-stuffed at stride 2) so that a valid stride-1 convolution over it yields height x width of `dx`:
   * its border is kernel - 1 - pad at the top and left.
   */
  | {
      readonly kind: 'conv2dInputGrad';
      readonly dy: number;
      readonly weight: number;
      readonly dx: number;
      readonly geometry: ConvGeometry;
      readonly accumulate: boolean;
    }
  | {
      readonly kind: 'conv2dWeightGrad';
      readonly x: number;
      readonly dy: number;
      readonly target: GradientTarget;
      readonly geometry: ConvGeometry;
    }
  /** Sum of `dy` over samples and pixels, for the channels in `target.outputs`. */
  | { readonly kind: 'biasGrad'; readonly dy: number; readonly target: GradientTarget }
  | { readonly kind: 'denseInputGrad'; readonly dy: number; readonly weight: number; readonly dx: number }
  | {
      readonly kind: 'denseWeightGrad';
      readonly x: number;
      readonly dy: number;
      readonly target: GradientTarget;
    }
  /** Gradients of scale (sum of dy * normalised x) and shift (sum of dy); null where frozen. `x` is the norm's input. */
  | {
      readonly kind: 'groupNormParameterGrad';
      readonly x: number;
      readonly dy: number;
      readonly stats: number;
      readonly scaleTarget: GradientTarget | null;
      readonly shiftTarget: GradientTarget | null;
      readonly groups: number;
    }
  /** `dy` becomes the gradient of the norm's input, in place. */
  | {
      readonly kind: 'groupNormInputGrad';
      readonly x: number;
      readonly dy: number;
      readonly stats: number;
      readonly scale: number;
      readonly groups: number;
    }
  /** `weight[slice] -= learningRate * accumulator; accumulator = 0`. */
  | {
      readonly kind: 'applyAccumulator';
      readonly accumulator: number;
      readonly weight: number;
      readonly inputs: Range;
      readonly outputs: Range;
    }
  /**
   * `weight[slice] -= learningRate * share * (decay * weight + proximal * (weight - base))`, share = 1, or count * scale
   * where `perMicroBatch`; `base` (packed like the slice) is null where proximal is 0. Runs before the slice's gradient is applied.
   */
  | {
      readonly kind: 'decayWeight';
      readonly weight: number;
      readonly base: number | null;
      readonly decay: number;
      readonly proximal: number;
      readonly perMicroBatch: boolean;
      readonly inputs: Range;
      readonly outputs: Range;
    }
  /**
   * Before a step: `accumulator = momentum * accumulator + decay * weight[slice] + proximal * (weight[slice] - base)`;
   * after it, `applyMomentum`: `weight[slice] -= learningRate * accumulator`, which stays.
   */
  | {
      readonly kind: 'scaleMomentum';
      readonly accumulator: number;
      readonly weight: number;
      readonly base: number | null;
      readonly momentum: number;
      readonly decay: number;
      readonly proximal: number;
      readonly inputs: Range;
      readonly outputs: Range;
    }
  | {
      readonly kind: 'applyMomentum';
      readonly accumulator: number;
      readonly weight: number;
      readonly inputs: Range;
      readonly outputs: Range;
    };

/** Tensors that JavaScript writes before a program runs, or reads after it. */
export interface ProgramIo {
  readonly input: number;
  /** Uint8 labels `[count]` or float32 targets `[count, outputs]`, as the loss has it; -1 where none are read. */
  readonly labels: number;
  readonly logits: number;
}

export interface Programs {
  /** Once a batch before its first micro-batch (momentum only; else empty). */
  readonly begin: readonly Op[];
  /** Forward and backward of one micro-batch; empty for an empty scheme. */
  readonly train: readonly Op[];
  /** Once a batch after its last micro-batch (`accumulating` and momentum only; else empty). */
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
  readonly optimizer: OptimizerSpec;
  /** Most samples of one `step`. */
  readonly batch: number;
  readonly microBatch: number;
  readonly form: MicroBatchForm;
  /** Of weights of dense and ungrouped convolutional layers of which nothing is trained; all other parameters are float32. */
  readonly frozenPrecision: Precision;
  /** Some values that the backward pass needs are dropped after the forward pass and made again. */
  readonly recompute: boolean;
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
  /** From here on lie the tensors that live within one program. */
  readonly scratchOffset: number;
  readonly transferOffset: number;
  /** All parameters as the arena holds them: the longest message. */
  readonly transferBytes: number;
  /** 64 KiB pages of the fixed WebAssembly memory. */
  readonly pages: number;
  /** Trained elements / all elements. */
  readonly trainedShare: number;
  /** Floating-point operations of one step on a full batch (a multiply-add counts two); the pacing of devices is against this. */
  readonly flopsPerStep: number;
}
