// Time as local work needs it, handed in wherever it matters: the Worker's own, a test's, or none at all. Data type only.

export interface Clock {
  /** Milliseconds; never goes back. */
  now(): number;
  /** Resolves at or after `atMs`, or at once when `signal` aborts. */
  sleepUntil(atMs: number, signal: AbortSignal): Promise<void>;
  /** Lets messages and pings through before the next step. */
  yield(): Promise<void>;
}
