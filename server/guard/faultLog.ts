// Faults of our own that one request or connection has met: told with their stack, each once, a few at a time. The same
// fault may be met as often as strangers like, so what is told and what is remembered are bounded.

import { createTokenBucket } from './tokenBucket.ts';

export interface FaultLog {
  /** `where`: what was asked, in few words; of a stranger's making, so it is cut and quoted. */
  report(where: string, error: unknown): void;
}

const MOST_KNOWN = 200;
const LIMITS = { perSecond: 1 / 10, burst: 10 };
const MOST_WHERE = 100;

export function createFaultLog(
  write: (text: string) => void = (text) => console.error(text),
  now: () => number = () => performance.now(),
): FaultLog {
  const known = new Set<string>();
  const bucket = createTokenBucket(LIMITS);
  return {
    report(where, error) {
      const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
      if (known.has(stack) || known.size >= MOST_KNOWN || !bucket.take(now())) return;
      known.add(stack);
      write(`A fault, which cost ${JSON.stringify(where.slice(0, MOST_WHERE))} alone: ${stack}`);
    },
  };
}
