// What devices of a budget train in turn, by plan: the widest slices of the large layers that fit, and first layers that do not
// fit beside them by themselves. Knows nothing of which turn is next.

import type { UpdateScheme } from '../engine/scheme.ts';
import type { NoScheme, SchemeChoice, Turn } from '../federation/selectScheme.ts';
import { earlyTurns, largeUnits, sliceTurns, SLICE_COUNTS } from './rotatingSchemes.ts';
import type { SchemeSpace } from './schemeSpace.ts';

/** Turns that cost the same. */
interface PlannedTurns {
  readonly turns: readonly Turn[];
  readonly deviceBytes: number;
}

/**
 * For a budget: everything, with as wide a slice of the large layers as fits; where not even the narrowest does, without the
 * first layers, as few of them as must be, and these in turns of their own as far as they fit. `costOf`: planned deviceBytes.
 */
export function createRotatingChoices(
  space: SchemeSpace,
  costOf: (scheme: UpdateScheme) => number,
): (budgetBytes: number) => SchemeChoice | NoScheme {
  const { units } = space;
  const large = largeUnits(space);
  const known = new Map<string, PlannedTurns>();

  function planned(key: string, turnsOf: () => readonly Turn[]): PlannedTurns {
    let found = known.get(key);
    if (found) return found;
    const turns = turnsOf();
    found = { turns, deviceBytes: costOf(turns[0]!.scheme) };
    known.set(key, found);
    return found;
  }
  const slicesAt = (first: number, count: number): PlannedTurns =>
    planned(`${first} ${count}`, () => sliceTurns(space, first, count));
  const earlyAt = (early: number, first: number, count: number): PlannedTurns =>
    planned(`${early} ${first} ${count}`, () => earlyTurns(space, early, first, count));

  function countsFrom(first: number): readonly number[] {
    return units.some((_, unit) => unit >= first && large.has(unit)) ? SLICE_COUNTS : [1];
  }
  const narrowest = (first: number): PlannedTurns => slicesAt(first, countsFrom(first).at(-1)!);

  return (budgetBytes) => {
    const fits = ({ deviceBytes }: PlannedTurns): boolean => deviceBytes <= budgetBytes;
    // Fewer layers never need more.
    let [first, last] = [0, units.length - 1];
    if (!fits(narrowest(last))) return { smallestBudgetBytes: narrowest(last).deviceBytes };
    while (first < last) {
      const middle = (first + last) >> 1;
      if (fits(narrowest(middle))) last = middle;
      else first = middle + 1;
    }
    const slices = countsFrom(first).map((count) => slicesAt(first, count));
    const all = [slices.find(fits)!];
    for (let early = first - 1; early >= 0; early--) {
      // What comes before a layer that does not fit by itself needs no less.
      if (!fits(earlyAt(early, first, SLICE_COUNTS.at(-1)!))) break;
      all.push(SLICE_COUNTS.map((count) => earlyAt(early, first, count)).find(fits)!);
    }
    const turns = all.flatMap((each) => each.turns);
    const { scheme, trainedShare } = turns[0]!;
    const deviceBytes = Math.max(...all.map((each) => each.deviceBytes));
    return { scheme, trainedShare, deviceBytes, turns };
  };
}
