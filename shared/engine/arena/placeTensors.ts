// Offsets for tensors with lifetimes: greedy first fit in several orders, the best kept.
// Knows nothing of ops or models.

import { createRandom } from '../../random.ts';
import { overlapInTime, peakBytes, type Lifetime } from './lifetimes.ts';

/** Offsets are multiples of this many bytes. */
export const ALIGNMENT = 16;
/** Pairs of tensors that may be compared in the search; bounds its time to some ten milliseconds. */
const SEARCH_PAIRS = 4e6;
const MAX_ATTEMPTS = 800;

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
 * its whole life; then orders by start and by bytes x life; then a seeded local search that moves one tensor within the
 * best order so far, until one reaches the lower bound. Deterministic.
 */
export function placeTensors(lifetimes: readonly Lifetime[]): Placement {
  const bound = peakBytes(lifetimes.map((lifetime) => ({ ...lifetime, bytes: align(lifetime.bytes) })));
  const bySize = [...lifetimes].sort((a, b) => b.bytes - a.bytes || a.first - b.first || a.id - b.id);
  let order = bySize;
  let best = firstFit(order);
  const consider = (candidate: readonly Lifetime[]) => {
    const placement = firstFit(candidate);
    if (placement.bytes > best.bytes) return;
    best = placement;
    order = [...candidate];
  };
  if (best.bytes > bound) {
    consider([...bySize].sort((a, b) => a.first - b.first));
    consider([...bySize].sort((a, b) => b.bytes * life(b) - a.bytes * life(a)));
  }
  const random = createRandom(lifetimes.length);
  const numAttempts = Math.min(MAX_ATTEMPTS, SEARCH_PAIRS / lifetimes.length ** 2);
  for (let attempt = 0; attempt < numAttempts && best.bytes > bound; attempt++) {
    const moved = [...order];
    const [tensor] = moved.splice(random.integer(moved.length), 1);
    moved.splice(random.integer(moved.length + 1), 0, tensor!);
    consider(moved);
  }
  return best;
}

function life({ first, last }: Lifetime): number {
  return last - first + 1;
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
