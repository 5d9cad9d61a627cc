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

import type { Stretch } from '../../engine/scheme.ts';
import { fullDelta, spreadDelta, type Delta } from '../../contract/delta.ts';

/** What one update brings to one tensor: the delta of these stretches, one after the other. */
export interface Contribution extends Delta {
  readonly stretches: readonly Stretch[];
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

type Four = [Contribution, Contribution, Contribution, Contribution];

/** Elements summed at a time: their sums stay in the nearest cache. */
const CHUNK = 2048;

/** The tensor after the step; `current` must hold all stretches. */
export function aggregateTensor(
  current: Float32Array,
  contributions: readonly Contribution[],
  rule: AggregationRule,
): Float32Array {
  return contributions.every(({ size }) => size === current.length)
    ? moveAll(current, contributions, rule)
    : moveCovered(current, contributions.map(withZeros), rule);
}

/** The common case: every contribution covers the whole tensor, so there is one divisor. Must match `moveCovered`. */
function moveAll(
  current: Float32Array,
  contributions: readonly Contribution[],
  rule: AggregationRule,
): Float32Array {
  const mass = contributions.reduce((total, contribution) => total + massOf(contribution, rule), 0);
  // Weights of very old updates may underflow to nothing.
  if (mass === 0) return current.slice();
  const divisor = Math.max(mass, rule.leastDivisor);
  const next = new Float32Array(current.length);
  const sum = new Float64Array(CHUNK);
  // Where models are mixed, a zero moves as well.
  const brought = contributions.map((each) => (each.base ? withZeros(each) : each));
  const inFours = brought.some(({ base, places }) => base ?? places) ? 0 : brought.length & ~3;
  /** Of those without zeros, how many values have been added. */
  const added = new Uint32Array(brought.length);
  for (let from = 0; from < current.length; from += CHUNK) {
    const length = Math.min(CHUNK, current.length - from);
    sum.fill(0);
    for (let k = 0; k < inFours; k += 4) addFour(sum, brought, k, from, length);
    for (let k = inFours; k < brought.length; k++)
      if (brought[k]!.places) added[k] = addPlaces(sum, brought[k]!, added[k]!, from, length);
      else addRun(sum, 0, brought[k]!, from, from, length, current);
    for (let i = 0; i < length; i++)
      next[from + i] = current[from + i]! + (rule.learningRate * sum[i]!) / divisor;
  }
  return next;
}

function moveCovered(
  current: Float32Array,
  contributions: readonly Contribution[],
  rule: AggregationRule,
): Float32Array {
  const sum = new Float64Array(current.length);
  const mass = new Float64Array(current.length);
  for (const contribution of contributions) {
    const share = massOf(contribution, rule);
    let valueStart = 0;
    for (const { start, length } of contribution.stretches) {
      addRun(sum, start, contribution, valueStart, start, length, current);
      for (let j = start; j < start + length; j++) mass[j] = mass[j]! + share;
      valueStart += length;
    }
  }
  const next = current.slice();
  for (let j = 0; j < next.length; j++)
    if (mass[j]! > 0)
      next[j] = current[j]! + (rule.learningRate * sum[j]!) / Math.max(mass[j]!, rule.leastDivisor);
  return next;
}

function withZeros(contribution: Contribution): Contribution {
  return { ...contribution, ...fullDelta(spreadDelta(contribution)) };
}

function massOf({ samples, weight }: Contribution, { normalisation }: AggregationRule): number {
  return normalisation === 'absolute' ? samples : samples * weight;
}

/**
 * Adds n s delta of four contributions from the k-th on, all of the whole tensor: one after the other, as `addRun` does, but
 * with the sums loaded and stored once.
 */
function addFour(
  sum: Float64Array,
  contributions: readonly Contribution[],
  k: number,
  from: number,
  length: number,
): void {
  const [a, b, c, d] = [0, 1, 2, 3].map((i) => contributions[k + i]!) as Four;
  const [valuesA, valuesB, valuesC, valuesD] = [a.values, b.values, c.values, d.values];
  const factorA = a.samples * a.weight * a.scale;
  const factorB = b.samples * b.weight * b.scale;
  const factorC = c.samples * c.weight * c.scale;
  const factorD = d.samples * d.weight * d.scale;
  for (let i = 0; i < length; i++)
    sum[i] =
      sum[i]! +
      factorA * valuesA[from + i]! +
      factorB * valuesB[from + i]! +
      factorC * valuesC[from + i]! +
      factorD * valuesD[from + i]!;
}

/**
 * Adds n s move of `length` neighbours to `sum` from `sumStart` on: the contribution's values from `valueStart` on,
 * which belong to the tensor's elements from `start` on.
 */
function addRun(
  sum: Float64Array,
  sumStart: number,
  { values, scale, base, samples, weight }: Contribution,
  valueStart: number,
  start: number,
  length: number,
  current: Float32Array,
): void {
  if (base) {
    const factor = samples * weight;
    for (let i = 0; i < length; i++) {
      const move = base[start + i]! + scale * values[valueStart + i]! - current[start + i]!;
      sum[sumStart + i] = sum[sumStart + i]! + factor * move;
    }
  } else {
    const factor = samples * weight * scale;
    for (let i = 0; i < length; i++)
      sum[sumStart + i] = sum[sumStart + i]! + factor * values[valueStart + i]!;
  }
}

/**
 * Adds n s delta of those values from the `next` one on that belong to the `length` elements after `from`; to all others
 * `addRun` adds nothing but zeros, which change no bit. Returns which value comes after them.
 */
function addPlaces(
  sum: Float64Array,
  { places, values, scale, samples, weight }: Contribution,
  next: number,
  from: number,
  length: number,
): number {
  const factor = samples * weight * scale;
  const end = from + length;
  for (; next < values.length && places![next]! < end; next++) {
    const i = places![next]! - from;
    sum[i] = sum[i]! + factor * values[next]!;
  }
  return next;
}
