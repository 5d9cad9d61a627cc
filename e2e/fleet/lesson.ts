// A lesson as data, and what it makes of each tab: when it joins and what befalls it. Pure: the same in, the same out.

import { createRandom } from '../../shared/random.ts';

export interface Lesson {
  /** All tabs join within this, at random moments. */
  readonly joinSeconds: number;
  /** Tabs that load their page anew. */
  readonly numReloads: number;
  /** How long tabs sleep, one entry a tab. */
  readonly sleepSeconds: readonly number[];
  /** Reloads and sleeps begin within this. */
  readonly mishapSeconds: number;
  /** So many tabs share one browser profile's storage. */
  readonly numSharing: number;
  /** That share of the devices is made so many times slower, while they train. */
  readonly slow: { readonly share: number; readonly factor: number };
}

/** After 45 s without an answer to its pings the server takes a device for lost: the longest sleepers come back after that. */
export const CLASSROOM: Lesson = {
  joinSeconds: 20,
  numReloads: 5,
  sleepSeconds: [10, 15, 20, 50, 50],
  mishapSeconds: 15,
  numSharing: 3,
  slow: { share: 0.5, factor: 10 },
};

export type Mishap =
  | { readonly kind: 'none' }
  | { readonly kind: 'reload'; readonly atMs: number }
  | { readonly kind: 'sleep'; readonly atMs: number; readonly forMs: number };

export interface LessonPart {
  /** Since the lesson began. */
  readonly joinAtMs: number;
  /** Its time counts from when all train. */
  readonly mishap: Mishap;
  /** With the other tabs that do. */
  readonly sharesStorage: boolean;
}

/** One part for each tab. The first tabs share storage, and reload and sleep in turn; when, and who comes when, is chance. */
export function planLesson(lesson: Lesson, numTabs: number, seed: number): LessonPart[] {
  const { numReloads, sleepSeconds, numSharing } = lesson;
  const numMishaps = numReloads + sleepSeconds.length;
  const fewest = Math.max(numMishaps, numSharing);
  if (numTabs < fewest)
    throw new RangeError(`tabs must be at least ${fewest} for this lesson, got ${numTabs}`);
  const random = createRandom(seed);
  const latestMs = lesson.joinSeconds * 1000;
  const sleeps = [...sleepSeconds];
  let reloadsLeft = numReloads;

  function nextMishap(index: number): Mishap {
    const atMs = Math.round(random.uniform() * lesson.mishapSeconds * 1000);
    const isReload = reloadsLeft > 0 && (index % 2 === 0 || sleeps.length === 0);
    if (isReload) {
      reloadsLeft--;
      return { kind: 'reload', atMs };
    }
    const seconds = sleeps.shift();
    return seconds === undefined ? { kind: 'none' } : { kind: 'sleep', atMs, forMs: seconds * 1000 };
  }
  return Array.from({ length: numTabs }, (_, index) => ({
    joinAtMs: Math.round(random.uniform() * latestMs),
    mishap: nextMishap(index),
    sharesStorage: index < numSharing,
  }));
}
