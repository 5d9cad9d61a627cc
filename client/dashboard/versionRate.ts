// Versions a minute, from the times at which versions were made. Pure.

export interface Steps {
  /** Ascending. */
  readonly atMs: readonly number[];
  readonly version: readonly number[];
}

const MINUTE_MS = 60_000;
const SHORTEST_BIN_MS = 5_000;
const MOST_BINS = 90;

/** Over the last minute, or since the run began if that is shorter; 0 before the first version. */
export function rateNow(steps: Steps, nowMs: number): number {
  const spanMs = Math.min(MINUTE_MS, nowMs);
  if (spanMs <= 0) return 0;
  return ((versionAt(steps, nowMs) - versionAt(steps, nowMs - spanMs)) * MINUTE_MS) / spanMs;
}

/** Rates over equal stretches of the whole run, each told at its end: as many as can be seen, none shorter than five seconds. */
export function ratesOverTime(steps: Steps, nowMs: number): { atMs: number[]; rates: number[] } {
  const binMs = Math.max(SHORTEST_BIN_MS, Math.ceil(nowMs / MOST_BINS / SHORTEST_BIN_MS) * SHORTEST_BIN_MS);
  const atMs: number[] = [];
  const rates: number[] = [];
  let before = 0;
  for (let endMs = binMs; endMs <= nowMs; endMs += binMs) {
    const version = versionAt(steps, endMs);
    atMs.push(endMs);
    rates.push(((version - before) * MINUTE_MS) / binMs);
    before = version;
  }
  return { atMs, rates };
}

/** The version at that time; 0 before the first. */
function versionAt({ atMs, version }: Steps, timeMs: number): number {
  let low = 0;
  let high = atMs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (atMs[middle]! <= timeMs) low = middle + 1;
    else high = middle;
  }
  return low === 0 ? 0 : version[low - 1]!;
}
