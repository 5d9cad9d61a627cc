// What there is to gain by training each part of a model, as numbers that add up. How they are found is of
// measureContributions.ts (a public set) and probes.ts (devices). Data and arithmetic only.

import type { Genome, SchemeSpace } from './schemeSpace.ts';

/** In any one unit of gain (loss, loss per step): only proportions count. Never negative, never falling with more trained. */
export interface Contributions {
  /** Of the small tensors of the last `k` units, by k = 0 ... units; `bias[0]` = 0. */
  readonly bias: readonly number[];
  /** Of each unit's weight at each of `RATIOS`; `weight[unit][0]` = 0. */
  readonly weight: readonly (readonly number[])[];
}

/** The summed contribution of what a genome trains. */
export function contributionOf({ bias, weight }: Contributions, { depth, ratios }: Genome): number {
  return ratios.reduce((sum, ratio, unit) => sum + weight[unit]![ratio]!, bias[depth]!);
}

/** Measured gains made to start at 0 and never to fall: what looks like harm of training more is noise. */
export function risingGains(measured: readonly number[]): number[] {
  let highest = 0;
  return measured.map((gain, index) => (index === 0 ? 0 : (highest = Math.max(highest, gain))));
}

/** Contributions in proportion to the number of elements: what one may assume before anything was measured. */
export function contributionsBySize({ units }: SchemeSpace): Contributions {
  const bias = [0];
  for (let index = units.length - 1; index >= 0; index--) bias.push(bias.at(-1)! + units[index]!.smallSize);
  return { bias, weight: units.map(({ sizes }) => sizes) };
}

/** a + factor x b. */
export function addScaled(a: Contributions, b: Contributions, factor: number): Contributions {
  const add = (left: readonly number[], right: readonly number[]): number[] =>
    left.map((gain, index) => gain + factor * right[index]!);
  return {
    bias: add(a.bias, b.bias),
    weight: a.weight.map((gains, unit) => add(gains, b.weight[unit]!)),
  };
}
