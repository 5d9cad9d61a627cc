// Events in virtual time, earliest first; those of one moment in the order in which they were announced.
// Knows nothing of what they mean.

import TinyQueue from 'tinyqueue';

export interface EventQueue<T> {
  /** Infinity when there is none. */
  readonly nextAtMs: number;
  push(atMs: number, event: T): void;
  /** The next event. Throws when there is none. */
  pop(): T;
}

export function createEventQueue<T>(): EventQueue<T> {
  const queue = new TinyQueue<{ atMs: number; sequence: number; event: T }>(
    [],
    (a, b) => a.atMs - b.atMs || a.sequence - b.sequence,
  );
  let sequence = 0;
  return {
    get nextAtMs() {
      return queue.peek()?.atMs ?? Infinity;
    },
    push(atMs, event) {
      queue.push({ atMs, sequence: sequence++, event });
    },
    pop() {
      const next = queue.pop();
      if (!next) throw new Error('internal: no event is left');
      return next.event;
    },
  };
}
