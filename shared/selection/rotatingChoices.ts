// The widest slices of the large layers that fit a budget, by plan. Knows nothing of where a slice lies next.

import { numParameters } from '../engine/model.ts';
import { schemeSize, type UpdateScheme } from '../engine/scheme.ts';
import type { NoScheme, SchemeChoice } from '../federation/selectScheme.ts';
import { largeUnits, rotatingSchemes, SLICE_COUNTS } from './rotatingSchemes.ts';
import type { SchemeSpace } from './schemeSpace.ts';

/**
 * For a budget: everything, with as wide a slice of the large layers as fits; where not even the narrowest does, without the
 * first layers, as few of them as must be. `costOf`: planned deviceBytes; each scheme is asked about once.
 */
export function createRotatingChoices(
  space: SchemeSpace,
  costOf: (scheme: UpdateScheme) => number,
): (budgetBytes: number) => SchemeChoice | NoScheme {
  const { model, units } = space;
  const large = largeUnits(space);
  const known = new Map<string, SchemeChoice>();

  function choiceAt(first: number, count: number): SchemeChoice {
    const key = `${first} ${count}`;
    let choice = known.get(key);
    if (choice) return choice;
    const slices = rotatingSchemes(space, first, count);
    const scheme = slices[0]!;
    const trainedShare = schemeSize(model, scheme) / numParameters(model);
    choice = { scheme, deviceBytes: costOf(scheme), trainedShare, slices };
    known.set(key, choice);
    return choice;
  }
  function countsFrom(first: number): readonly number[] {
    return units.some((_, unit) => unit >= first && large.has(unit)) ? SLICE_COUNTS : [1];
  }
  const narrowest = (first: number): SchemeChoice => choiceAt(first, countsFrom(first).at(-1)!);

  return (budgetBytes) => {
    // Fewer layers never need more.
    let [first, last] = [0, units.length - 1];
    if (narrowest(last).deviceBytes > budgetBytes)
      return { smallestBudgetBytes: narrowest(last).deviceBytes };
    while (first < last) {
      const middle = (first + last) >> 1;
      if (narrowest(middle).deviceBytes <= budgetBytes) last = middle;
      else first = middle + 1;
    }
    const fitting = countsFrom(first).find((count) => choiceAt(first, count).deviceBytes <= budgetBytes);
    return choiceAt(first, fitting!);
  };
}
