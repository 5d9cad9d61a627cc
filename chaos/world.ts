// Virtual time: what happens, one thing after the other, and nothing by itself. One seed, one sequence of events.

import { createHash } from 'node:crypto';
import { createRandom, mixSeed, type Random } from '../shared/random.ts';
import { InvariantBroken } from './invariants.ts';
import { createEventQueue } from '../shared/simulate/eventQueue.ts';

export interface ChaosWorld {
  readonly nowMs: number;
  /** The one source of chance. */
  readonly random: Random;
  /** Happens so much later; returns what calls it off. */
  after(delayMs: number, act: () => void): () => void;
  /** Notes what happened: a line of the trace. */
  tell(who: string, what: string): void;
  /** How often what has happened; figures of the seed. */
  count(what: Counted, times?: number): void;
  readonly counts: Readonly<Record<Counted, number>>;
  /** True so often. */
  chance(share: number): boolean;
  /** A time from `least` to `most`, in whole milliseconds. */
  between(least: number, most: number): number;
  /** Lets time pass to that moment; `check` is asked after each thing that happened. */
  runTo(atMs: number, check: () => void): Promise<void>;
  /** Of all that was told. */
  traceHash(): string;
}

/** Virtual time that stands still never comes to an end. */
const MOST_EVENTS_AT_ONCE = 20_000;

export const COUNTED = [
  'events',
  'kills',
  'powerCuts',
  'diskFaults',
  'bitFlips',
  'starts',
  'refusedStarts',
  'acceptedLosses',
  'shutdowns',
  'cutConnections',
  'unrulyMessages',
  'reloads',
  'hostileMessages',
  'acknowledged',
  'repeated',
  'steps',
] as const;
export type Counted = (typeof COUNTED)[number];

/** `onLine`: is told each line of the trace as it is made. */
export function createWorld(seed: number, onLine: (line: string) => void = () => {}): ChaosWorld {
  const random = createRandom(mixSeed(seed));
  const queue = createEventQueue<{ act: (() => void) | null }>();
  const hash = createHash('sha256');
  const counts = Object.fromEntries(COUNTED.map((what) => [what, 0])) as Record<Counted, number>;
  let nowMs = 0;
  let atOnce = 0;

  return {
    get nowMs() {
      return nowMs;
    },
    random,
    counts,
    after(delayMs, act) {
      const event = { act: act as (() => void) | null };
      queue.push(nowMs + Math.max(0, delayMs), event);
      return () => (event.act = null);
    },
    tell(who, what) {
      const line = `${nowMs.toFixed(3).padStart(11)}  ${who.padEnd(10)} ${what}`;
      hash.update(line);
      onLine(line);
    },
    count(what, times = 1) {
      counts[what] += times;
    },
    chance: (share) => random.uniform() < share,
    between: (least, most) => least + random.integer(most - least + 1),
    async runTo(atMs, check) {
      await allSettled();
      while (queue.nextAtMs <= atMs) {
        atOnce = queue.nextAtMs > nowMs ? 0 : atOnce + 1;
        if (atOnce > MOST_EVENTS_AT_ONCE)
          throw new InvariantBroken('memoryIsBounded', `time stands still at ${nowMs} ms`);
        nowMs = Math.max(nowMs, queue.nextAtMs);
        const { act } = queue.pop();
        if (act === null) continue;
        counts.events++;
        act();
        await allSettled();
        check();
      }
      nowMs = atMs;
    },
    traceHash: () => hash.copy().digest('hex').slice(0, 16),
  };
}

/** Whatever follows from what happened, without time passing, has happened: no promise is left that could go on. */
function allSettled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
