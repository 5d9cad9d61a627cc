// Where the slice of a device lies under `rotating`. Pure. Places are counted in 32nds of the large layers, so that what devices
// of different budgets train adds up: of n slices, slice j is the 32nds from 32 j / n on.
//
//   coverage   the slice of least T                 T = samples of accepted updates that trained it, and of work that is out
//   norm       the slice of least T / g             g = length of its gradient: of late, per element and root of a step
//   device     the device's own, for good           version    the next one at each version
//   chance     drawn                                leading    the first
//
// What is out counts as long as it has its place, else all that ask between two updates would get the same slice; what never
// comes does not count in the end. Ours; experiments/rotating compares them.

import { createRandom, mixSeed, type Random } from '../../random.ts';
import type { Range } from '../../engine/range.ts';
import type { SliceBy } from '../../settings/values.ts';

/** Of one 32nd of the large layers. */
export interface SliceTally {
  /** Of the accepted updates that trained it. */
  readonly samples: number;
  /** Mean of the newest ones' norms, clipped, per element and root of a step; 0: none came. */
  readonly norm: number;
}

const NUM_PARTS = 32;
/** Share of a mean norm that is the newest. */
const NEWEST = 0.1;
const NOTHING: SliceTally = { samples: 0, norm: 0 };

/** Where the slice of that index lies, of so many; a divisor of 32. */
export function spanAt(index: number, numSlices: number): Range {
  const width = NUM_PARTS / numSlices;
  return [index * width, (index + 1) * width];
}

/** What a slice is chosen by. */
export interface SlicePlaces {
  /** One a 32nd, or none before the first. */
  readonly tallies: readonly SliceTally[];
  /** Slices that are out, with the samples that they are expected to be trained on. */
  readonly out: Iterable<{ readonly span: Range; readonly samples: number }>;
  readonly deviceId: string;
  readonly version: number;
  /** Drawn from by `chance`, and where several are equal. */
  readonly random: Random;
}

/** Index of the next slice of so many. */
export function nextSlice(by: SliceBy, numSlices: number, places: SlicePlaces): number {
  if (numSlices === 1) return 0;
  switch (by) {
    case 'leading':
      return 0;
    case 'device':
      return createRandom(mixSeed(...[...places.deviceId].map((each) => each.codePointAt(0)!))).integer(
        numSlices,
      );
    case 'version':
      return places.version % numSlices;
    case 'chance':
      return places.random.integer(numSlices);
    case 'coverage':
      return leastTrained(numSlices, places, () => 1);
    case 'norm': {
      const known = places.tallies.map(({ norm }) => norm).filter((norm) => norm > 0);
      const usual = known.length > 0 ? known.reduce((sum, norm) => sum + norm, 0) / known.length : 1;
      return leastTrained(numSlices, places, ({ norm }) => norm || usual);
    }
    default:
      throw new Error(`internal: slices by ${JSON.stringify(by satisfies never)}`);
  }
}

function leastTrained(
  numSlices: number,
  { tallies, out, random }: SlicePlaces,
  gain: (tally: SliceTally) => number,
): number {
  const trained = Array.from({ length: NUM_PARTS }, (_, part) => tallies[part]?.samples ?? 0);
  for (const { span, samples } of out)
    for (let part = span[0]; part < span[1]; part++) trained[part]! += samples;
  const loads = Array.from({ length: numSlices }, (_, index) => {
    const [from, to] = spanAt(index, numSlices);
    let load = 0;
    for (let part = from; part < to; part++) load += trained[part]! / gain(tallies[part] ?? NOTHING);
    return load;
  });
  const least = Math.min(...loads);
  const equal = loads.flatMap((load, index) => (load === least ? [index] : []));
  return equal[random.integer(equal.length)]!;
}

/** The tallies after an accepted update of these 32nds. `norm`: of its slices. */
export function noteSlice(
  tallies: readonly SliceTally[],
  span: Range,
  { samples, norm }: SliceTally,
): readonly SliceTally[] {
  return Array.from({ length: NUM_PARTS }, (_, part) => {
    const before = tallies[part] ?? NOTHING;
    if (part < span[0] || part >= span[1]) return before;
    return {
      samples: before.samples + samples,
      norm: before.norm === 0 ? norm : (1 - NEWEST) * before.norm + NEWEST * norm,
    };
  });
}
