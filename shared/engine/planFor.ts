// The planner for people: a plan for a budget, and what it says in words and figures.

import { aliveAt, lifetimesOf } from './arena/lifetimes.ts';
import { operandsOf } from './arena/operandsOf.ts';
import { heldSlices } from './heldSlices.ts';
import { parametersOf, type ModelSpec } from './model.ts';
import { formatByteSize } from '../byteSize.ts';
import type { Op } from './ops/ops.ts';
import type { TrainingPlan } from './plan.ts';
import { PAGE_BYTES, planTraining } from './planTraining.ts';
import { fullScheme, type UpdateScheme } from './scheme.ts';

const DEFAULT_BATCH = 16;

export interface PlannedForBudget {
  readonly plan: TrainingPlan;
  /** Lines of text: what is trained and how, each op with the scratch alive at it, and the bytes. */
  readonly report: string;
}

/**
 * The fastest plan of the scheme (default: everything) that fits the budget, with a readable report. Throws BudgetError
 * with the smallest budget that would do, RangeError for a model or scheme that cannot work.
 */
export function planFor(
  model: ModelSpec,
  budgetBytes: number,
  { scheme = fullScheme(model), batch = DEFAULT_BATCH }: { scheme?: UpdateScheme; batch?: number } = {},
): PlannedForBudget {
  const plan = planTraining(model, scheme, { batch, budgetBytes });
  return { plan, report: describePlan(plan, budgetBytes) };
}

function describePlan(plan: TrainingPlan, budgetBytes: number): string {
  const { model, scheme, batch, microBatch, form, programs } = plan;
  const trained = scheme.entries.map((entry) => entry.tensor);
  const names =
    trained.length > 8
      ? `${trained.slice(0, 3).join(', ')} ... ${trained.slice(-3).join(', ')}`
      : trained.join(', ');
  const lifetimes = lifetimesOf(
    programs.train,
    plan.io.train,
    (id) => plan.tensors[id]!.offset >= plan.scratchOffset,
    (id) => plan.tensors[id]!.bytes,
  );
  return [
    `model ${model.id}, batch ${batch}, budget ${formatByteSize(budgetBytes)}`,
    `trains ${(100 * plan.trainedShare).toFixed(1)} % of the parameters (${trained.length} of ${parametersOf(model).length} tensors): ${names}`,
    `micro-batch ${microBatch}, form ${form}${describeSavings(plan)}, ${(plan.flopsPerStep / 1e6).toFixed(1)} MFLOP a step`,
    '',
    'ops of one micro-batch                     scratch alive',
    ...programs.train.map((op, index) => {
      const bytes = aliveAt(lifetimes, index).reduce((sum, life) => sum + life.bytes, 0);
      return `  ${describeOp(plan, op).padEnd(52)} ${formatByteSize(bytes).padStart(10)}`;
    }),
    ...(programs.apply.length > 0 ? ['once a batch'] : []),
    ...programs.apply.map((op) => `  ${describeOp(plan, op)}`),
    '',
    total('lower bound of the step', plan.lowerBoundBytes),
    total('step (peak)', plan.stepBytes),
    total('device: step, base copy, transfer', plan.deviceBytes),
    total(`allocated: ${plan.pages} pages of 64 KiB`, plan.pages * PAGE_BYTES),
  ].join('\n');
}

function describeSavings(plan: TrainingPlan): string {
  const { frozenPrecision, recompute } = plan;
  const rounding = frozenPrecision === 'float32' ? '' : `, frozen weights in ${frozenPrecision}`;
  const split = heldSlices(plan)
    .filter(({ apart }) => apart !== null)
    .map(({ parameter }) => plan.tensors[plan.parameterIds[parameter]!]!);
  const names = split.map(({ name }) => `"${name}"`).join(', ');
  const apart = split.length > 0 ? `, what is not trained of ${names} in ${split[0]!.elementType}` : '';
  return rounding + apart + (recompute ? ', cheap values made again in the backward pass' : '');
}

function total(name: string, bytes: number): string {
  return `${name.padEnd(54)} ${formatByteSize(bytes).padStart(10)}`;
}

function describeOp(plan: TrainingPlan, op: Op): string {
  const names = operandsOf(op).map((id) => plan.tensors[id]!.name.replace('train.', ''));
  return `${op.kind} ${names.join(' ')}`;
}
