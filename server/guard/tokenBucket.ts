// A token bucket: lets bursts through and holds the mean rate down. The clock is handed in.

export interface FloodLimits {
  /** Messages a second, on average. */
  readonly perSecond: number;
  /** Messages at once. */
  readonly burst: number;
  /** Refused messages after which the connection is closed. */
  readonly patience: number;
}

export interface TokenBucket {
  /** Takes one token; false when there is none. `nowMs` never goes back. */
  take(nowMs: number): boolean;
}

export function createTokenBucket({
  perSecond,
  burst,
}: Pick<FloodLimits, 'perSecond' | 'burst'>): TokenBucket {
  let tokens = burst;
  let lastMs = Number.NEGATIVE_INFINITY;
  return {
    take(nowMs) {
      tokens = Math.min(burst, tokens + ((nowMs - lastMs) / 1000) * perSecond);
      lastMs = nowMs;
      if (tokens < 1) return false;
      tokens--;
      return true;
    },
  };
}
