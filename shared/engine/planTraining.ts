// From (model, scheme, batch, budget) to a plan: the form and micro-batch that fit, with every byte placed.

import { lifetimesOf, peakBytes } from './arena/lifetimes.ts';
import { align, placeTensors } from './arena/placeTensors.ts';
import { BudgetError } from './errors.ts';
import { flopsOf } from './flops.ts';
import { buildPrograms, type GraphOptions } from './graph/buildPrograms.ts';
import { parametersOf, type ModelSpec } from './model.ts';
import type { ArenaTensor, MicroBatchForm, OptimizerSpec, TrainingPlan } from './plan.ts';
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
  /** Bounds `deviceBytes`. */
  readonly budgetBytes?: number;
  /** Default: plain SGD. */
  readonly optimizer?: Partial<OptimizerSpec>;
}

/**
 * The plan that costs least time among those that fit the budget: the whole batch at once, else the largest micro-batch
 * in an exact form (deferred before accumulating), else the largest in the immediate form. Without a budget and without a fixed micro-batch: whole.
 * Throws BudgetError (with the smallest budget that would do) when nothing fits, RangeError for a model, scheme or
 * option that cannot work.
 */
export function planTraining(model: ModelSpec, scheme: UpdateScheme, options: PlanOptions): TrainingPlan {
  const { batch, budgetBytes } = options;
  expectCount('batch', batch);
  if (options.microBatch !== undefined) expectCount('microBatch', options.microBatch);
  if (options.microBatch !== undefined && options.microBatch > batch)
    throw new RangeError(`microBatch must be at most batch (${batch}), got ${options.microBatch}`);
  const optimizer: OptimizerSpec = { momentum: 0, weightDecay: 0, proximal: 0, ...options.optimizer };
  checkOptimizer(optimizer, options.form);
  let smallest = Infinity;
  for (const { form, microBatch } of candidates(options)) {
    const plan = placePlan(model, scheme, { batch, microBatch, form, optimizer });
    if (budgetBytes === undefined || plan.deviceBytes <= budgetBytes) return plan;
    smallest = Math.min(smallest, plan.deviceBytes);
  }
  if (smallest === Infinity)
    throw new RangeError(
      `form "${options.form}" goes with ${options.form === 'whole' ? 'microBatch = batch' : 'microBatch < batch'}, got microBatch ${options.microBatch} and batch ${batch}`,
    );
  throw new BudgetError(model.id, budgetBytes!, smallest);
}

/** The deviceBytes of the most frugal plan: one sample at a time, no accumulator. Throws RangeError as `planTraining` does. */
export function leastDeviceBytes(model: ModelSpec, scheme: UpdateScheme, batch: number): number {
  const form = batch > 1 ? 'immediate' : 'whole';
  return planTraining(model, scheme, { batch, form, microBatch: 1 }).deviceBytes;
}

/** Forms and micro-batches in the order of preference. */
function* candidates(options: PlanOptions): Generator<{ form: MicroBatchForm; microBatch: number }> {
  const { batch, microBatch, form: fixed, optimizer } = options;
  const sizes = microBatch === undefined ? microBatches(batch) : [microBatch];
  for (const forms of [['whole'], ['deferred', 'accumulating'], ['immediate']] as const)
    for (const size of sizes)
      for (const form of forms) {
        if (fixed !== undefined && fixed !== form) continue;
        if (form === 'immediate' && (optimizer?.momentum ?? 0) > 0) continue;
        if ((size === batch) === (form === 'whole')) yield { form, microBatch: size };
      }
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

function placePlan(model: ModelSpec, scheme: UpdateScheme, options: GraphOptions): TrainingPlan {
  const { batch, microBatch, form, optimizer } = options;
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
  const numTrained = graph.baseIds.reduce((sum, id) => sum + tensors[id]!.size, 0);
  const transferBytes = numTrained === 0 ? 0 : numParameters * 4;
  const arenaBytes = Math.max(scratchOffset + scratchBytes, transferOffset + transferBytes);
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
    programs: graph.programs,
    io: graph.io,
    tensors,
    parameterIds: graph.parameterIds,
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
