// When each scratch tensor of a program is alive. Inclusive at both ends: two tensors of one op never share bytes.

import type { Op } from '../ops/ops.ts';
import type { ProgramIo } from '../plan.ts';
import { operandsOf } from './operandsOf.ts';

export interface Lifetime {
  readonly id: number;
  readonly bytes: number;
  /** First and last op that touches it; -1 = before the program (staged by the caller), ops.length = read after it. */
  readonly first: number;
  readonly last: number;
}

/** Lifetimes of the tensors for which `isScratch` holds, in order of id. */
export function lifetimesOf(
  ops: readonly Op[],
  io: ProgramIo,
  isScratch: (id: number) => boolean,
  bytesOf: (id: number) => number,
): Lifetime[] {
  const spans = new Map<number, { first: number; last: number }>();
  const touch = (id: number, at: number) => {
    if (id < 0 || !isScratch(id)) return;
    const span = spans.get(id);
    if (span) {
      span.first = Math.min(span.first, at);
      span.last = Math.max(span.last, at);
    } else {
      spans.set(id, { first: at, last: at });
    }
  };
  ops.forEach((op, at) => operandsOf(op).forEach((id) => touch(id, at)));
  if (ops.length > 0) {
    touch(io.input, -1);
    touch(io.labels, -1);
    if (io.labels < 0) touch(io.logits, ops.length);
  }
  return [...spans].map(([id, span]) => ({ id, bytes: bytesOf(id), ...span })).sort((a, b) => a.id - b.id);
}

/** True when the two are ever alive at once. */
export function overlapInTime(a: Lifetime, b: Lifetime): boolean {
  return a.first <= b.last && b.first <= a.last;
}

/** The lifetimes that hold at an op. */
export function aliveAt(lifetimes: readonly Lifetime[], op: number): Lifetime[] {
  return lifetimes.filter(({ first, last }) => first <= op && op <= last);
}

/** Largest sum of bytes alive at any moment: no placement can need less. */
export function peakBytes(lifetimes: readonly Lifetime[]): number {
  let peak = 0;
  for (const { first } of lifetimes) {
    const alive = aliveAt(lifetimes, first);
    peak = Math.max(
      peak,
      alive.reduce((sum, other) => sum + other.bytes, 0),
    );
  }
  return peak;
}
