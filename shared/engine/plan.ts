// A training plan: the static program of one (model, scheme, batch, micro-batch, form) with every byte placed.
// Pure data: backends emit from it, the reference interprets it, the planner reports it.

import type { ModelSpec } from './model.ts';
import type { Op } from './ops/ops.ts';
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
 *                            ^ transferOffset: dead between updates, so messages lie here
 */
export interface TrainingPlan {
  readonly model: ModelSpec;
  readonly scheme: UpdateScheme;
  readonly optimizer: OptimizerSpec;
  /** Most samples of one `step`. */
  readonly batch: number;
  readonly microBatch: number;
  readonly form: MicroBatchForm;
  /** Of weights of dense and ungrouped convolutional layers of which nothing is trained; all other parameters are float32, but for `split`. */
  readonly frozenPrecision: Precision;
  /**
   * Of some weights the trained outputs are held apart in float32, and the weight itself in int8: what is not trained of it is
   * rounded as what is frozen.
   */
  readonly split: boolean;
  /** Some values that the backward pass needs are dropped after the forward pass and made again. */
  readonly recompute: boolean;
  readonly programs: Programs;
  readonly io: { readonly train: ProgramIo; readonly evaluate: ProgramIo; readonly predict: ProgramIo };
  readonly tensors: readonly ArenaTensor[];
  /** Id of the arena tensor of each model parameter, in the model's order. */
  readonly parameterIds: readonly number[];
  /**
   * Id of the tensor that holds each scheme entry, in scheme order: of its parameter, or of the slice alone, packed
   * `[positions, inputs, outputs of the slice]`, where that is held apart.
   */
  readonly trainedIds: readonly number[];
  /** Id of the base copy of each scheme entry, in scheme order; contiguous in the arena: this region is the update's payload. */
  readonly baseIds: readonly number[];
  /** Float64 loss sum and float64 hits. */
  readonly metricsId: number;

  /** Parameters, metrics, accumulators, input, activations, masks, gradients: comparable with a framework's training peak. */
  readonly stepBytes: number;
  /** Largest sum of bytes alive at any op, with the same inclusions as stepBytes: no placement can be smaller. */
  readonly lowerBoundBytes: number;
  /** All that the device holds for training: step, base copy, and what messages need beyond the dead space. The budget bounds this. */
  readonly deviceBytes: number;
  readonly arenaBytes: number;
  /** From here on lie the tensors that live within one program. */
  readonly scratchOffset: number;
  readonly transferOffset: number;
  /** All that is dead between updates: a message that comes is cut to what of it is free. */
  readonly transferBytes: number;
  /** 64 KiB pages of the fixed WebAssembly memory. */
  readonly pages: number;
  /** Trained elements / all elements. */
  readonly trainedShare: number;
  /** Floating-point operations of one step on a full batch (a multiply-add counts two); the pacing of devices is against this. */
  readonly flopsPerStep: number;
}
