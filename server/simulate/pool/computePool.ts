// Threads that compute local work and scores. What is due first in virtual time is computed first, and what nobody will
// ever ask for is not computed at all. Knows nothing of the coordinator; outcomes do not depend on the number of threads.

import { availableParallelism } from 'node:os';
import { Piscina } from 'piscina';
import TinyQueue from 'tinyqueue';
import type { Compute, Pending, TrainingRequest } from '../../../shared/simulate/compute.ts';

/** Requests given to each thread at once: the second is there when the first is done. */
const AHEAD = 2;

export interface ComputePool extends Compute {
  readonly threads: number;
  /** Takes the local steps of these once more, for the time that it takes. */
  repeatSteps(requests: readonly TrainingRequest[]): Promise<void>;
  close(): Promise<void>;
}

interface Job {
  readonly dueMs: number;
  /** Order of asking, among those due at once. */
  readonly sequence: number;
  readonly start: () => Promise<void>;
  isCancelled: boolean;
}

/** Threads that start now and end with `close`. Default: one for each core. */
export function createComputePool(threads: number = availableParallelism()): ComputePool {
  if (!Number.isInteger(threads) || threads < 1)
    throw new RangeError(`threads must be an integer >= 1, got ${threads}`);
  const piscina = new Piscina({
    filename: new URL('poolThread.mjs', import.meta.url).href,
    name: 'train',
    minThreads: threads,
    maxThreads: threads,
    concurrentTasksPerWorker: AHEAD,
    execArgv: [],
  });
  const waiting = new TinyQueue<Job>([], (a, b) => a.dueMs - b.dueMs || a.sequence - b.sequence);
  let numRunning = 0;
  let sequence = 0;

  function startNext(): void {
    while (numRunning < threads * AHEAD) {
      const job = waiting.pop();
      if (!job) return;
      if (job.isCancelled) continue;
      numRunning++;
      void job.start().then(() => {
        numRunning--;
        startNext();
      });
    }
  }

  function submit<T>(
    name: 'train' | 'probe' | 'score' | 'personalise' | 'repeatSteps',
    request: unknown,
    dueMs: number,
  ): Pending<T> {
    let job!: Job;
    const outcome = new Promise<T>((resolve, reject) => {
      const start = (): Promise<void> => piscina.run(request, { name }).then(resolve, reject);
      job = { dueMs, sequence: sequence++, start, isCancelled: false };
    });
    // It may be that nobody waits for it; who does is told of the failure all the same.
    outcome.catch(() => {});
    waiting.push(job);
    startNext();
    return { outcome, cancel: () => (job.isCancelled = true) };
  }

  return {
    threads,
    train: (request, dueMs) => submit('train', request, dueMs),
    probe: (request, dueMs) => submit('probe', request, dueMs),
    score: (request, dueMs) => submit('score', request, dueMs),
    personalise: (request, dueMs) => submit('personalise', request, dueMs),
    repeatSteps: (requests) => submit<void>('repeatSteps', requests, 0).outcome,
    close: () => piscina.destroy(),
  };
}
