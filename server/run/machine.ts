// What a run has of the machine under it: a disk, a clock, timers. Where faults are simulated it is another one.

import type { Disk } from '../store/disk.ts';
import { nodeDisk } from '../store/nodeDisk.ts';

export interface Machine {
  readonly disk: Disk;
  /** Milliseconds, monotonic. */
  nowMs(): number;
  /** Does it once, so much later, if the process is still there for something else; returns what calls it off. */
  after(delayMs: number, act: () => void): () => void;
}

export const thisMachine: Machine = {
  disk: nodeDisk,
  nowMs: () => performance.now(),
  after(delayMs, act) {
    const timer = setTimeout(act, delayMs).unref();
    return () => clearTimeout(timer);
  },
};
