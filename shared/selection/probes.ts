// Contribution analysis without a public set: devices probe one tensor group each, within their budgets, and from what
// they tell follows what each part of the model would gain, and how sure that is. Pure; knows nothing of the network.
//
// A group's contribution is rate x |gradient|^2: what one local step of it takes off the loss, to first order. The square
// of one noisy gradient is too large by its noise; the inner product of two from disjoint samples is not (it has the right
// mean). To first order, contributions of groups add up by themselves.

import type { UpdateScheme } from '../engine/scheme.ts';
import type { Probe, ProbeGroup, ProbeReport } from '../federation/probePlanner.ts';
import { contributionOf, type Contributions } from './contributions.ts';
import { emptyGenome, WHOLE, withRatio, type Genome, type SchemeSpace } from './schemeSpace.ts';

export interface ProbedContributions {
  readonly contributions: Contributions;
  /** Standard error of each group's gain over the devices that probed it; Infinity below two of them. */
  readonly weightErrors: readonly number[];
  readonly smallErrors: readonly number[];
  /** Groups that no device could probe: too large for all, even at the smallest ratio. They count as no gain. */
  readonly unprobed: readonly ProbeGroup[];
}

/** All groups of a model. */
export function probeGroups({ units }: SchemeSpace): ProbeGroup[] {
  return units.flatMap(({ small }, unit): ProbeGroup[] =>
    small.length > 0
      ? [
          { unit, part: 'weight' },
          { unit, part: 'small' },
        ]
      : [{ unit, part: 'weight' }],
  );
}

/** The probe of a group, of a weight at the largest ratio that a device of this budget can train; null if none. */
export function largestProbe(
  space: SchemeSpace,
  group: ProbeGroup,
  budgetBytes: number,
  costOf: (scheme: UpdateScheme) => number,
): Probe | null {
  const empty = emptyGenome(space);
  if (group.part === 'small') {
    const { small } = space.units[group.unit]!;
    const { entries } = space.schemeOf({ ...empty, depth: space.units.length });
    const scheme = { entries: entries.filter(({ tensor }) => small.some(({ name }) => name === tensor)) };
    return costOf(scheme) <= budgetBytes ? { group, ratio: WHOLE, scheme } : null;
  }
  for (let ratio = WHOLE; ratio > 0; ratio--) {
    const scheme = space.schemeOf({ ...empty, ratios: withRatio(empty.ratios, group.unit, ratio) });
    if (costOf(scheme) <= budgetBytes) return { group, ratio, scheme };
  }
  return null;
}

/**
 * Contributions from reports: of each group the mean over devices, weighted by samples, a part probed counting for the
 * whole in proportion to its elements (before training, channels are alike).
 */
export function estimateContributions(
  space: SchemeSpace,
  reports: readonly ProbeReport[],
): ProbedContributions {
  const { units } = space;
  const estimate = (unit: number, part: ProbeGroup['part']) =>
    weightedMean(
      reports
        .filter(({ group }) => group.unit === unit && group.part === part)
        .map(({ ratio, product, samples }) => {
          const { sizes } = units[unit]!;
          const share = part === 'weight' ? sizes[ratio]! / sizes[WHOLE]! : 1;
          return { value: product / share, weight: samples };
        }),
    );
  const weights = units.map((_, unit) => estimate(unit, 'weight'));
  const smalls = units.map((_, unit) => estimate(unit, 'small'));
  const bias = [0];
  for (let unit = units.length - 1; unit >= 0; unit--)
    bias.push(bias.at(-1)! + Math.max(0, smalls[unit]!.mean));
  const weight = units.map(({ sizes }, unit) =>
    sizes.map((size) => (Math.max(0, weights[unit]!.mean) * size) / sizes[WHOLE]!),
  );
  return {
    contributions: { bias, weight },
    weightErrors: weights.map(({ error }) => error),
    smallErrors: smalls.map(({ error }) => error),
    unprobed: probeGroups(space).filter(
      ({ unit, part }) => (part === 'weight' ? weights : smalls)[unit]!.count === 0,
    ),
  };
}

/** How sure a genome's contribution is: the root of the summed squares of the errors of what it trains. */
export function errorOf(
  { units }: SchemeSpace,
  { contributions, weightErrors, smallErrors }: ProbedContributions,
  genome: Genome,
): { readonly contribution: number; readonly error: number } {
  const squares = units.map(({ sizes }, unit) => {
    const share = sizes[genome.ratios[unit]!]! / sizes[WHOLE]!;
    const weightError = share === 0 ? 0 : share * weightErrors[unit]!;
    const smallError = unit >= units.length - genome.depth ? smallErrors[unit]! : 0;
    return weightError ** 2 + smallError ** 2;
  });
  return {
    contribution: contributionOf(contributions, genome),
    error: Math.sqrt(squares.reduce((sum, square) => sum + square, 0)),
  };
}

interface Weighted {
  readonly value: number;
  readonly weight: number;
}

/** Weighted mean and its standard error, from the spread of the values. */
function weightedMean(values: readonly Weighted[]): { mean: number; error: number; count: number } {
  const count = values.length;
  const total = values.reduce((sum, { weight }) => sum + weight, 0);
  if (total === 0) return { mean: 0, error: Infinity, count };
  const mean = values.reduce((sum, { value, weight }) => sum + value * weight, 0) / total;
  if (count < 2) return { mean, error: Infinity, count };
  const squares = values.reduce(
    (sum, { value, weight }) => sum + ((value - mean) * (weight / total)) ** 2,
    0,
  );
  return { mean, error: Math.sqrt((squares * count) / (count - 1)), count };
}
