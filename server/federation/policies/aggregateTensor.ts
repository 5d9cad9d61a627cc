// One server step of one parameter tensor. Pure: makes a new array, changes none.
//
//   w_j += eta * sum over cov(j) of n_k s_k move_k,j / D_j           bit-identical where nobody covers j
//
//   move     delta form    delta_k,j                                 FedBuff, arXiv 2106.06639; FTTE
//            mixing form   base_k,j + delta_k,j - w_j                FedAsync's own, arXiv 1903.03934, algorithm 1
//   D_j      absolute      max(sum over cov(j) of n_k,     kappa * sum over the buffer of n_k)
//            relative      max(sum over cov(j) of n_k s_k, kappa * sum over the buffer of n_k s_k)
//
// Dividing by n and not by n s keeps the discount when an update stands alone. Coverage, kappa and both
// normalisations are ours. With n = 1 and full coverage `absolute` is FedBuff's (1/K) sum s delta; with s = 1 and full
// coverage it is FedAvg's weighted mean (arXiv 1602.05629) of the models.

import type { Run } from '../slices.ts';

/** What one update brings to one tensor. */
export interface Contribution {
  readonly runs: readonly Run[];
  /** The delta of these runs, one after the other. */
  readonly values: Float32Array;
  /** Clipping: values count this many times, in (0, 1]. */
  readonly scale: number;
  /** The whole tensor as the device received it: mixing form. Null: delta form. */
  readonly base: Float32Array | null;
  /** n_k. */
  readonly samples: number;
  /** s_k, the tensor's variance factor included. */
  readonly weight: number;
}

export interface AggregationRule {
  readonly normalisation: 'absolute' | 'relative';
  /** eta (alpha in the mixing form). */
  readonly learningRate: number;
  /** kappa times the buffer's sum of n_k (`absolute`) or n_k s_k (`relative`): the least divisor. */
  readonly leastDivisor: number;
}

/** The tensor after the step; `current` must hold all runs. */
export function aggregateTensor(
  current: Float32Array,
  contributions: readonly Contribution[],
  rule: AggregationRule,
): Float32Array {
  const sum = new Float64Array(current.length);
  for (const contribution of contributions)
    if (contribution.base) addMixture(sum, contribution, current, contribution.base);
    else addDelta(sum, contribution);
  return contributions.every(coversAll)
    ? moveAll(current, sum, contributions, rule)
    : moveCovered(current, sum, contributions, rule);

  function coversAll({ values }: Contribution): boolean {
    return values.length === current.length;
  }
}

function massOf({ samples, weight }: Contribution, { normalisation }: AggregationRule): number {
  return normalisation === 'absolute' ? samples : samples * weight;
}

function addDelta(sum: Float64Array, { runs, values, scale, samples, weight }: Contribution): void {
  const factor = samples * weight * scale;
  let v = 0;
  for (const { start, length } of runs)
    for (let j = start; j < start + length; j++) sum[j] = sum[j]! + factor * values[v++]!;
}

function addMixture(
  sum: Float64Array,
  { runs, values, scale, samples, weight }: Contribution,
  current: Float32Array,
  base: Float32Array,
): void {
  const factor = samples * weight;
  let v = 0;
  for (const { start, length } of runs)
    for (let j = start; j < start + length; j++)
      sum[j] = sum[j]! + factor * (base[j]! + scale * values[v++]! - current[j]!);
}

/** The common case: every contribution covers the whole tensor, so there is one divisor. */
function moveAll(
  current: Float32Array,
  sum: Float64Array,
  contributions: readonly Contribution[],
  rule: AggregationRule,
): Float32Array {
  const mass = contributions.reduce((total, contribution) => total + massOf(contribution, rule), 0);
  const divisor = Math.max(mass, rule.leastDivisor);
  const next = new Float32Array(current.length);
  for (let j = 0; j < next.length; j++) next[j] = current[j]! + (rule.learningRate * sum[j]!) / divisor;
  return next;
}

function moveCovered(
  current: Float32Array,
  sum: Float64Array,
  contributions: readonly Contribution[],
  rule: AggregationRule,
): Float32Array {
  const mass = new Float64Array(current.length);
  for (const contribution of contributions) {
    const share = massOf(contribution, rule);
    for (const { start, length } of contribution.runs)
      for (let j = start; j < start + length; j++) mass[j] = mass[j]! + share;
  }
  const next = current.slice();
  for (let j = 0; j < next.length; j++)
    if (mass[j]! > 0)
      next[j] = current[j]! + (rule.learningRate * sum[j]!) / Math.max(mass[j]!, rule.leastDivisor);
  return next;
}
