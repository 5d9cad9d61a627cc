// Finds schemes in a thread that lives only while there is something to find. Contributions that are measured on a public set
// are measured once and kept. Knows nothing of runs, files or devices.

import { Worker } from 'node:worker_threads';
import type { SchemeChoice } from '../../shared/federation/selectScheme.ts';
import type { SchemeSearch } from '../../shared/federation/schemeSearch.ts';
import type { MeasuredContributions } from '../../shared/selection/measureContributions.ts';
import type { SearchMessage, SearchProgress, SearchRequest, SearchSetup } from './searchMessages.ts';

/** Gives way to whatever else wants the processor. */
const LEAST_URGENT = 19;

export interface SchemeFinder {
  /**
   * The best scheme found for the budget that trains all of `inner`, by the devices' reports where there are any; null
   * where there is none. One at a time; rejects when the thread dies or `close` is called.
   */
  find(search: SchemeSearch, onProgress?: (progress: SearchProgress) => void): Promise<SchemeChoice | null>;
  close(): Promise<void>;
}

export interface SchemeFinderOptions {
  readonly setup: SearchSetup;
  /**
   * Of the thread, as `nice` has it, on Linux (elsewhere it is as urgent as its process): 0 for whoever waits for what is
   * found. Default: 19, which may starve where the machine has no idle moment.
   */
  readonly niceness?: number;
}

export function createSchemeFinder({ setup, niceness = LEAST_URGENT }: SchemeFinderOptions): SchemeFinder {
  let contributions: MeasuredContributions | null = null;
  let worker: Worker | null = null;

  return {
    find(search, onProgress = () => {}) {
      if (worker !== null) throw new Error('internal: a search is under way');
      const request: SearchRequest = { setup, contributions, search, niceness };
      const thread = new Worker(new URL('searchThread.mjs', import.meta.url), {
        workerData: request,
        execArgv: [],
      });
      thread.unref();
      worker = thread;
      return new Promise((resolve, reject) => {
        let found: SchemeChoice | null | undefined;
        thread.on('message', (message: SearchMessage) => {
          if (message.kind === 'progress') onProgress(message);
          else if (message.kind === 'measured') contributions = message.contributions;
          else found = message.choice;
        });
        thread.on('error', reject);
        thread.on('exit', () => {
          worker = null;
          if (found === undefined) reject(new Error('the search thread ended before it found a scheme'));
          else resolve(found);
        });
      });
    },
    async close() {
      await worker?.terminate();
    },
  };
}
