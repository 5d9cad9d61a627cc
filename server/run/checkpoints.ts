// When a run's state is written, so that a restart need not replay all that led to it. Knows nothing of what it holds.

import type { DurableCoordinator } from '../store/durableCoordinator.ts';

/** One is due after this much journal even if few steps were made, or none. */
const USUAL_BYTES = 64 * 1024 * 1024;

export interface Checkpoints {
  /** A server step was made. */
  noteStep(): void;
  /** One at a time. */
  writeWhenDue(): void;
  /** None is begun any more; resolves when the one that is being written is there. */
  close(): Promise<void>;
}

export interface CheckpointsOptions {
  readonly durable: Pick<DurableCoordinator, 'checkpoint' | 'store' | 'numReplayedSteps'>;
  readonly everySteps: number;
  /** Of the journal; default: 64 MiB. */
  readonly everyBytes?: number | undefined;
  readonly onFailure: (error: Error) => void;
}

export function createCheckpoints(options: CheckpointsOptions): Checkpoints {
  const { durable, everySteps, everyBytes = USUAL_BYTES, onFailure } = options;
  let numSteps = durable.numReplayedSteps;
  let writing: Promise<void> | null = null;
  let isClosed = false;
  return {
    noteStep: () => void numSteps++,
    writeWhenDue() {
      const isDue = numSteps >= everySteps || durable.store.bytesSinceCheckpoint >= everyBytes;
      if (!isDue || writing !== null || isClosed) return;
      numSteps = 0;
      writing = durable
        .checkpoint()
        .catch(onFailure)
        .finally(() => (writing = null));
    },
    async close() {
      isClosed = true;
      await writing;
    },
  };
}
