// Which of its turns is a device's next under `rotating`. Pure. A turn trains parts of the model, which are numbered so that what
// devices of different budgets train adds up.
//
//   coverage   the turn of least T                  T = mean over its parts of the samples of accepted updates that trained
//   norm       the turn of least T / g                  them, and of work that is out; g = length of their gradient
//   device     the device's own, for good
//   version    the next one at each version
//   chance     drawn
//   leading    the first
//
// Parts that are in all of the device's turns say nothing. What is out counts as long as it has its place, else all that ask
// between two updates would get the same turn; what never comes does not count in the end. Ours; experiments/rotating.json
// compares them.

import { createRandom, mixSeed, type Random } from '../../random.ts';
import type { SliceBy } from '../../settings/values.ts';

/** Of one part of the model. */
export interface PartTally {
  /** Of the accepted updates that trained it. */
  readonly samples: number;
  /** Mean of the newest ones' norms, clipped, per element and root of a step; 0: none came. */
  readonly norm: number;
}

/** Share of a mean norm that is the newest. */
const NEWEST = 0.1;
const NOTHING: PartTally = { samples: 0, norm: 0 };

/** What a turn is chosen by. */
export interface TurnsSoFar {
  /** By number of the part; none: it was never trained. */
  readonly tallies: readonly PartTally[];
  /** Parts that are out, with the samples that they are expected to be trained on. */
  readonly out: Iterable<{ readonly parts: readonly number[]; readonly samples: number }>;
  readonly deviceId: string;
  readonly version: number;
  /** Drawn from by `chance`, and where several are equal. */
  readonly random: Random;
}

/** Index of the next of these turns, each told by its parts. */
export function nextTurn(by: SliceBy, turns: readonly (readonly number[])[], soFar: TurnsSoFar): number {
  const { length } = turns;
  if (length === 1) return 0;
  switch (by) {
    case 'leading':
      return 0;
    case 'device':
      return createRandom(mixSeed(...Array.from(soFar.deviceId, (each) => each.codePointAt(0)!))).integer(
        length,
      );
    case 'version':
      return soFar.version % length;
    case 'chance':
      return soFar.random.integer(length);
    case 'coverage':
      return leastTrained(turns, soFar, () => 1);
    case 'norm': {
      const known = soFar.tallies.map(({ norm }) => norm).filter((norm) => norm > 0);
      const usual = known.length > 0 ? known.reduce((sum, norm) => sum + norm, 0) / known.length : 1;
      return leastTrained(turns, soFar, ({ norm }) => norm || usual);
    }
    default:
      throw new Error(`internal: slices by ${JSON.stringify(by satisfies never)}`);
  }
}

function leastTrained(
  turns: readonly (readonly number[])[],
  { tallies, out, random }: TurnsSoFar,
  gain: (tally: PartTally) => number,
): number {
  const isOut = new Map<number, number>();
  for (const { parts, samples } of out)
    for (const part of parts) isOut.set(part, (isOut.get(part) ?? 0) + samples);
  const numTurns = new Map<number, number>();
  for (const part of turns.flat()) numTurns.set(part, (numTurns.get(part) ?? 0) + 1);
  const loads = turns.map((parts) => {
    const own = parts.filter((part) => numTurns.get(part)! < turns.length);
    const load = own.reduce((sum, part) => {
      const tally = tallies[part] ?? NOTHING;
      return sum + (tally.samples + (isOut.get(part) ?? 0)) / gain(tally);
    }, 0);
    return load / Math.max(1, own.length);
  });
  const least = Math.min(...loads);
  const equal = loads.flatMap((load, index) => (load === least ? [index] : []));
  return equal[random.integer(equal.length)]!;
}

/** The tallies after an accepted update of these parts. `norm`: of what it trained of them. */
export function noteParts(
  tallies: readonly PartTally[],
  parts: readonly number[],
  { samples, norm }: PartTally,
): readonly PartTally[] {
  const next = Array.from(
    { length: Math.max(tallies.length, ...parts.map((part) => part + 1)) },
    (_, part) => tallies[part] ?? NOTHING,
  );
  for (const part of parts) {
    const before = next[part]!;
    next[part] = {
      samples: before.samples + samples,
      norm: before.norm === 0 ? norm : (1 - NEWEST) * before.norm + NEWEST * norm,
    };
  }
  return next;
}
