// From (model, scheme, batch, budget) to a plan: the form and micro-batch that fit, with every byte placed.

import { lifetimesOf, peakBytes } from './arena/lifetimes.ts';
import { align, placeTensors } from './arena/placeTensors.ts';
import { BudgetError } from './errors.ts';
import { flopsOf } from './flops.ts';
import { buildPrograms, type GraphOptions } from './graph/buildPrograms.ts';
import { AS_IT_IS, leastWindow, messageRoom, type Upload } from './messageRoom.ts';
import { heldTensors } from './heldSlices.ts';
import { parametersOf, type ModelSpec } from './model.ts';
import type { MicroBatchForm, OptimizerSpec, TrainingPlan } from './plan.ts';
import type { ArenaTensor, Precision } from './tensors.ts';
import type { UpdateScheme } from './scheme.ts';

export const PAGE_BYTES = 65536;
/** A WebAssembly memory ends here. */
const MAX_ARENA_BYTES = 2 ** 32;

export interface PlanOptions {
  /** Samples of one local step, at most. */
  readonly batch: number;
  /** Fixes the micro-batch; otherwise the planner chooses. */
  readonly microBatch?: number;
  /** Fixes the form; otherwise the planner chooses. */
  readonly form?: MicroBatchForm;
  /** Fixes the precision of frozen weights; otherwise the planner chooses. */
  readonly frozenPrecision?: Precision;
  /** Fixes whether trained outputs of a weight are held apart, its rest in int8, where that saves memory; otherwise the planner chooses. */
  readonly split?: boolean;
  /** Fixes whether the backward pass makes cheap values again; otherwise the planner chooses. */
  readonly recompute?: boolean;
  /** Bounds `deviceBytes`. */
  readonly budgetBytes?: number;
  /** Default: plain SGD. */
  readonly optimizer?: Partial<OptimizerSpec>;
  /** How updates go up; default: the delta itself. */
  readonly upload?: Upload;
}

/**
 * The plan that costs least among those that fit the budget. In the order of preference (measured costs, decision 9): the
 * whole batch at once, then exact micro-batches of at least four samples, as they are; the same, recomputing what is cheap;
 * both again with frozen weights in float16, then in int8; smaller exact micro-batches, with the same savings one after
 * the other; the immediate form; all of that once more with trained slices held apart, the rest of such weights in int8.
 * Within one of these the largest micro-batch that fits, deferred before accumulating.
 * Without a budget and with nothing fixed: whole, float32, nothing recomputed.
 * Throws BudgetError (with the smallest budget that would do) when nothing fits, RangeError for a model, scheme or
 * option that cannot work.
 */
export function planTraining(model: ModelSpec, scheme: UpdateScheme, options: PlanOptions): TrainingPlan {
  const { batch, budgetBytes = Infinity, upload = AS_IT_IS } = options;
  expectCount('batch', batch);
  if (options.microBatch !== undefined) expectCount('microBatch', options.microBatch);
  if (options.microBatch !== undefined && options.microBatch > batch)
    throw new RangeError(`microBatch must be at most batch (${batch}), got ${options.microBatch}`);
  const optimizer: OptimizerSpec = { momentum: 0, weightDecay: 0, proximal: 0, ...options.optimizer };
  checkOptimizer(optimizer, options.form);
  let smallest = Infinity;
  let [nothingToRecompute, nothingToSplit] = [false, false];
  const place = (candidate: Candidate): TrainingPlan => {
    const plan = placePlan(model, scheme, { batch, optimizer, ...candidate }, upload);
    smallest = Math.min(smallest, plan.deviceBytes);
    nothingToRecompute ||= candidate.recompute && !plan.recompute;
    nothingToSplit ||= candidate.split && !plan.split;
    return plan;
  };
  const fits = (plan: TrainingPlan): boolean => plan.deviceBytes <= budgetBytes;
  for (const tier of tiersOf(options)) {
    if (nothingToRecompute && tier[0]!.recompute && options.recompute === undefined) continue;
    if (nothingToSplit && tier[0]!.split && options.split === undefined) continue;
    const fewest = tier.at(-1)!.microBatch;
    const mostFrugal = tier.filter(({ microBatch }) => microBatch === fewest).map(place);
    if (!mostFrugal.some(fits)) continue;
    for (const candidate of tier.filter(({ microBatch }) => microBatch > fewest)) {
      const plan = place(candidate);
      if (fits(plan)) return plan;
    }
    return mostFrugal.find(fits)!;
  }
  if (smallest === Infinity)
    throw new RangeError(
      `form "${options.form}" goes with ${options.form === 'whole' ? 'microBatch = batch' : 'microBatch < batch'}, got microBatch ${options.microBatch} and batch ${batch}`,
    );
  throw new BudgetError(model.id, budgetBytes, smallest);
}

/**
 * The deviceBytes of the most frugal plan that recomputes nothing: one sample at a time, no accumulator, int8; where
 * `split`, slices held apart: what that costs in accuracy no experiment has shown, and who does not ask for it counts without. Deep
 * models may do with less by recomputing. Throws RangeError as `planTraining` does.
 */
export function leastDeviceBytes(
  model: ModelSpec,
  scheme: UpdateScheme,
  batch: number,
  upload?: Upload,
  split = false,
): number {
  return planFrugally(model, scheme, batch, upload, split).deviceBytes;
}

/** The plan whose deviceBytes `leastDeviceBytes` tells. */
export function planFrugally(
  model: ModelSpec,
  scheme: UpdateScheme,
  batch: number,
  upload: Upload = AS_IT_IS,
  split = false,
): TrainingPlan {
  const form = batch > 1 ? 'immediate' : 'whole';
  const frozenPrecision = PRECISIONS.at(-1)!;
  return planTraining(model, scheme, {
    batch,
    form,
    microBatch: 1,
    frozenPrecision,
    split,
    recompute: false,
    upload,
  });
}

/** What a plan gives up of speed (and precision) for memory. */
type Saving = Pick<GraphOptions, 'frozenPrecision' | 'split' | 'recompute'>;
type Candidate = Pick<GraphOptions, 'form' | 'microBatch'> & Saving;

const PRECISIONS = ['float32', 'float16', 'int8'] as const;
/** Kernels make four rows at a time: fewer samples than that cost time in dense layers. */
const FULL_TILE = 4;

/** What to try, in the order of preference; within a tier fewer samples never need more. */
function tiersOf(options: PlanOptions): Candidate[][] {
  const { batch, microBatch, form: fixed, optimizer } = options;
  const sizes = microBatch === undefined ? microBatches(batch) : [microBatch];
  const hasMomentum = (optimizer?.momentum ?? 0) > 0;
  const isAllowed = ({ form }: Candidate): boolean =>
    (fixed === undefined || fixed === form) && !(hasMomentum && form === 'immediate');
  const tier = (forms: readonly MicroBatchForm[], numSamples: readonly number[], saving: Saving) =>
    numSamples.flatMap((size) => forms.map((form): Candidate => ({ form, microBatch: size, ...saving })));
  const whole = sizes.filter((size) => size === batch);
  const parts = sizes.filter((size) => size < batch);
  const full = parts.filter((size) => size >= FULL_TILE);
  const small = parts.filter((size) => size < FULL_TILE);
  const exact = ['deferred', 'accumulating'] as const;
  const tiers = (savings: readonly Saving[]) => [
    ...savings.slice(0, 1).flatMap((saving) => [tier(['whole'], whole, saving), tier(exact, full, saving)]),
    ...savings.slice(1).map((saving) => [...tier(['whole'], whole, saving), ...tier(exact, full, saving)]),
    ...savings.map((saving) => tier(exact, small, saving)),
    ...savings.map((saving) => tier(['immediate'], parts, saving)),
  ];
  const savings = savingsOf(options);
  return [...tiers(savings.filter(({ split }) => !split)), ...tiers(savings.filter(({ split }) => split))]
    .map((candidates) => candidates.filter(isAllowed))
    .filter((candidates) => candidates.length > 0);
}

/** In the order of preference. */
function savingsOf({ frozenPrecision, split, recompute }: PlanOptions): Saving[] {
  const precisions = frozenPrecision === undefined ? PRECISIONS : [frozenPrecision];
  const recomputes = recompute === undefined ? [false, true] : [recompute];
  const savings = (apart: boolean, of: readonly Precision[]) =>
    of.flatMap((precision) =>
      recomputes.map((again) => ({ frozenPrecision: precision, split: apart, recompute: again })),
    );
  const coarsest = precisions.filter((precision) => split || precision === PRECISIONS.at(-1)).slice(-1);
  return [...(split ? [] : savings(false, precisions)), ...(split === false ? [] : savings(true, coarsest))];
}

/** The batch, then the powers of two below it. */
function microBatches(batch: number): number[] {
  const sizes = [batch];
  for (let size = 2 ** Math.floor(Math.log2(batch)); size >= 1; size /= 2) if (size < batch) sizes.push(size);
  return sizes;
}

function checkOptimizer(
  { momentum, weightDecay, proximal }: OptimizerSpec,
  form: MicroBatchForm | undefined,
): void {
  if (!(momentum >= 0 && momentum < 1)) throw new RangeError(`momentum must be in [0, 1), got ${momentum}`);
  if (!(weightDecay >= 0)) throw new RangeError(`weightDecay must be >= 0, got ${weightDecay}`);
  if (!(proximal >= 0)) throw new RangeError(`proximal must be >= 0, got ${proximal}`);
  if (momentum > 0 && form === 'immediate')
    throw new RangeError('form "immediate" moves the weights at each micro-batch, so momentum must be 0');
}

function expectCount(name: string, value: number): void {
  if (!Number.isInteger(value) || value < 1)
    throw new RangeError(`${name} must be an integer >= 1, got ${String(value)}`);
}

function placePlan(
  model: ModelSpec,
  scheme: UpdateScheme,
  options: GraphOptions,
  upload: Upload,
): TrainingPlan {
  const { batch, microBatch, form, frozenPrecision, optimizer } = options;
  const graph = buildPrograms(model, scheme, options);
  const persistent = graph.tensors.filter((tensor) => tensor.persistent);
  const offsets = new Map<number, number>();
  let end = 0;
  const place = (role: ArenaTensor['role'], alignment: (bytes: number) => number): number => {
    end = align(end);
    const from = end;
    for (const tensor of persistent.filter((candidate) => candidate.role === role)) {
      offsets.set(tensor.id, end);
      end += alignment(tensor.bytes);
    }
    return end - from;
  };
  const metricsBytes = place('metrics', align);
  const parameterBytes = place('parameter', align);
  const transferOffset = end;
  place('base', (bytes) => bytes);
  const accumulatorBytes =
    place('accumulator', align) + place('activation', align) + place('gradient', align);
  end = align(end);
  const scratchOffset = end;

  let scratchBytes = 0;
  let scratchBound = 0;
  for (const program of ['train', 'evaluate', 'predict'] as const) {
    const lifetimes = lifetimesOf(
      graph.programs[program],
      graph.io[program],
      (id) => !graph.tensors[id]!.persistent,
      (id) => graph.tensors[id]!.bytes,
    );
    const placement = placeTensors(lifetimes);
    for (const [id, offset] of placement.offsets) offsets.set(id, scratchOffset + offset);
    scratchBytes = Math.max(scratchBytes, placement.bytes);
    scratchBound = Math.max(scratchBound, peakBytes(lifetimes));
  }

  const tensors = graph.tensors.map(({ persistent: _persistent, ...tensor }): ArenaTensor => ({
    ...tensor,
    offset: offsets.get(tensor.id) ?? 0,
  }));
  const parameters = parametersOf(model);
  const numParameters = parameters.reduce((sum, parameter) => sum + parameter.size, 0);
  const trainedSizes = graph.baseIds.map((id) => tensors[id]!.size);
  const numTrained = trainedSizes.reduce((sum, size) => sum + size, 0);
  const blocks = graph.parameterIds.map((id) => tensors[id]!);
  const windowBytes = leastWindow(
    blocks.map(({ matrix }) => matrix!),
    heldTensors({ ...graph, tensors }).reduce((sum, { bytes }) => sum + bytes, 0),
  );
  const roomBytes = numTrained === 0 ? 0 : messageRoom(upload, trainedSizes, windowBytes);
  const arenaBytes = Math.max(scratchOffset + scratchBytes, transferOffset + roomBytes);
  const transferBytes = numTrained === 0 ? 0 : arenaBytes - transferOffset;
  if (arenaBytes > MAX_ARENA_BYTES)
    throw new RangeError(
      `model "${model.id}": its arena would be ${arenaBytes} bytes, more than the ${MAX_ARENA_BYTES} that a WebAssembly memory can hold`,
    );
  const stepPersistent = metricsBytes + parameterBytes + accumulatorBytes;
  const batches = batch / microBatch;
  return {
    model,
    scheme,
    optimizer,
    batch,
    microBatch,
    form,
    frozenPrecision,
    split: graph.splits,
    recompute: graph.recomputes,
    programs: graph.programs,
    io: graph.io,
    tensors,
    parameterIds: graph.parameterIds,
    trainedIds: graph.trainedIds,
    baseIds: graph.baseIds,
    metricsId: graph.metricsId,
    stepBytes: stepPersistent + scratchBytes,
    lowerBoundBytes: stepPersistent + scratchBound,
    deviceBytes: arenaBytes,
    arenaBytes,
    scratchOffset,
    transferOffset,
    transferBytes,
    pages: Math.ceil(arenaBytes / PAGE_BYTES),
    trainedShare: numTrained / numParameters,
    flopsPerStep:
      flopsOf(graph.programs.train, tensors, microBatch) * batches +
      flopsOf(graph.programs.apply, tensors, batch),
  };
}
