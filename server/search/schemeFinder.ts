// Finds schemes in a thread that lives only while there is something to find. Contributions are measured once and kept.
// Knows nothing of runs, files or devices.

import { Worker } from 'node:worker_threads';
import type { UpdateScheme } from '../../shared/engine/scheme.ts';
import type { SchemeChoice } from '../federation/selectScheme.ts';
import type { MeasuredContributions } from '../selection/measureContributions.ts';
import type { SearchMessage, SearchRequest, SearchSetup } from './searchMessages.ts';

export interface SchemeFinder {
  /**
   * The best scheme found for the budget that trains all of `inner`; null where there is none. One at a time; rejects when
   * the thread dies or `close` is called.
   */
  find(budgetBytes: number, inner?: UpdateScheme | null): Promise<SchemeChoice | null>;
  close(): Promise<void>;
}

export interface SchemeFinderOptions {
  readonly setup: SearchSetup;
  readonly onProgress?: (doing: 'measuring' | 'searching', share: number) => void;
}

export function createSchemeFinder({ setup, onProgress = () => {} }: SchemeFinderOptions): SchemeFinder {
  let contributions: MeasuredContributions | null = null;
  let worker: Worker | null = null;

  return {
    find(budgetBytes, inner = null) {
      if (worker !== null) throw new Error('internal: a search is under way');
      const request: SearchRequest = { setup, contributions, budgetBytes, inner };
      const thread = new Worker(new URL('searchThread.mjs', import.meta.url), {
        workerData: request,
        execArgv: [],
      });
      thread.unref();
      worker = thread;
      return new Promise((resolve, reject) => {
        let found: SchemeChoice | null | undefined;
        thread.on('message', (message: SearchMessage) => {
          if (message.kind === 'progress') onProgress(message.doing, message.share);
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
