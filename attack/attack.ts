// What an attack is. Knows nothing of how attacks are found, run or reported.

import type { Ground } from './ground.ts';

/** What an attack saw, for the report; units are in the names. */
export type Figures = Readonly<Record<string, number | string>>;

/** `short`, as in `npm test`: seconds. `long`: as much as makes the claim believable. */
export type Length = 'short' | 'long';

/** So many of so many are done. */
export type TellProgress = (done: number, of: number) => void;

export interface Attack {
  /** What it is asked for by; the name of its file. */
  readonly name: string;
  readonly against: 'network' | 'disk';
  /** The good result, one sentence in the present tense. */
  readonly claim: string;
  /** Throws where the claim does not hold (`node:assert`). What takes minutes tells how far it is. */
  run(ground: Ground, length: Length, tell: TellProgress): Promise<Figures>;
  /** Why it cannot run on this machine, or null; without it, it can everywhere. */
  whyNot?(): string | null;
}
