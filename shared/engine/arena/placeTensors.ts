// Offsets for tensors with lifetimes: greedy first fit in several orders, the best kept.
// Knows nothing of ops or models.

import { createRandom } from '../../random.ts';
import { overlapInTime, peakBytes, type Lifetime } from './lifetimes.ts';

/** Offsets are multiples of this many bytes. */
export const ALIGNMENT = 16;
const NUM_RESTARTS = 24;

export interface Placement {
  /** Bytes from the start of the scratch region, by tensor id. */
  readonly offsets: ReadonlyMap<number, number>;
  readonly bytes: number;
}

/** Rounds up to the alignment. */
export function align(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

/**
 * A placement in which no two tensors alive at once overlap: largest first, each at the lowest offset that is free for
 * its whole life; then orders by start and by bytes x life, then seeded shuffles of the largest-first order, until one
 * reaches the lower bound. Deterministic.
 */
export function placeTensors(lifetimes: readonly Lifetime[]): Placement {
  const bound = peakBytes(lifetimes.map((lifetime) => ({ ...lifetime, bytes: align(lifetime.bytes) })));
  const bySize = [...lifetimes].sort((a, b) => b.bytes - a.bytes || a.first - b.first || a.id - b.id);
  const orders = [
    bySize,
    [...bySize].sort((a, b) => a.first - b.first),
    [...bySize].sort((a, b) => b.bytes * life(b) - a.bytes * life(a)),
  ];
  let best = firstFit(bySize);
  const random = createRandom(lifetimes.length);
  for (let attempt = 1; attempt < NUM_RESTARTS && best.bytes > bound; attempt++) {
    const candidate = firstFit(orders[attempt] ?? perturb(bySize, random.uniform));
    if (candidate.bytes < best.bytes) best = candidate;
  }
  return best;
}

function life({ first, last }: Lifetime): number {
  return last - first + 1;
}

/** The order with each size scaled by a random factor in [1/2, 2]. */
function perturb(order: readonly Lifetime[], uniform: () => number): Lifetime[] {
  return order
    .map((lifetime) => ({ lifetime, key: lifetime.bytes * 2 ** (2 * uniform() - 1) }))
    .sort((a, b) => b.key - a.key)
    .map(({ lifetime }) => lifetime);
}

function firstFit(order: readonly Lifetime[]): Placement {
  const placed: { lifetime: Lifetime; from: number; to: number }[] = [];
  const offsets = new Map<number, number>();
  let bytes = 0;
  for (const lifetime of order) {
    const size = align(lifetime.bytes);
    const neighbours = placed
      .filter((other) => overlapInTime(other.lifetime, lifetime))
      .sort((a, b) => a.from - b.from);
    let from = 0;
    for (const other of neighbours) {
      if (from + size <= other.from) break;
      from = Math.max(from, other.to);
    }
    placed.push({ lifetime, from, to: from + size });
    offsets.set(lifetime.id, from);
    bytes = Math.max(bytes, from + size);
  }
  return { offsets, bytes };
}
