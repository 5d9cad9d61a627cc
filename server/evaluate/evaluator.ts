// Evaluates the newest version of a model now and then, in a thread of its own so that the event loop stays free.
// Knows nothing of runs, files or devices.

import { Worker } from 'node:worker_threads';
import type { Parameters } from '../../shared/engine/model.ts';
import type { Examination } from '../../shared/contract/dashboard.ts';
import type {
  EvaluationAnswer,
  EvaluationRequest,
  EvaluationResult,
  EvaluationSetup,
} from '../../shared/evaluate/evaluationMessages.ts';

export interface EvaluatorOptions {
  readonly setup: EvaluationSetup;
  /** At least this long between the starts of two evaluations. */
  readonly everyMs: number;
  readonly onResult: (result: EvaluationResult) => void;
  /** Told of each version that is evaluated while examining is on. */
  readonly onExamination?: (examination: Examination) => void;
  /** The thread died; nothing is evaluated any more. */
  readonly onFailure: (error: Error) => void;
}

export interface Evaluator {
  /** Tells the newest version; it is evaluated when its time has come, unless a newer one is told before. */
  offer(version: number, parameters: Parameters): void;
  /** Resolves when the newest version told so far has been evaluated, at once and ahead of the schedule. */
  finish(): Promise<void>;
  /** From now on evaluations examine as well, or no more; the newest version is examined even if it was evaluated. */
  setExamining(isWanted: boolean): void;
  close(): Promise<void>;
}

export function createEvaluator(options: EvaluatorOptions): Evaluator {
  const { setup, everyMs, onResult, onExamination, onFailure } = options;
  const worker = new Worker(new URL('evaluationThread.mjs', import.meta.url), {
    workerData: setup,
    execArgv: [],
  });
  worker.unref();
  let newest: { readonly version: number; readonly parameters: Parameters } | null = null;
  let startedVersion = -1;
  let examinedVersion = -1;
  let isExamining = false;
  let toldVersion = -1;
  let startedAtMs = Number.NEGATIVE_INFINITY;
  let isBusy = false;
  let isDead = false;
  let timer: NodeJS.Timeout | null = null;
  let waiting: (() => void)[] = [];

  const isDue = (): boolean =>
    newest !== null && newest.version > (isExamining ? examinedVersion : startedVersion);

  function start(): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (isBusy || isDead || !isDue()) return;
    isBusy = true;
    startedVersion = newest!.version;
    if (isExamining) examinedVersion = startedVersion;
    startedAtMs = performance.now();
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker thread has no origin
    worker.postMessage({ ...newest!, examines: isExamining } satisfies EvaluationRequest);
  }

  function schedule(): void {
    if (timer !== null || isBusy || !isDue()) return;
    timer = setTimeout(start, Math.max(0, startedAtMs + everyMs - performance.now()));
    timer.unref();
  }

  function settle(): void {
    if (isDue() && !isDead) {
      start();
      return;
    }
    for (const resolve of waiting) resolve();
    waiting = [];
  }

  worker.on('message', ({ result, examination }: EvaluationAnswer) => {
    isBusy = false;
    if (result.version > toldVersion) onResult(result);
    toldVersion = Math.max(toldVersion, result.version);
    if (examination) onExamination?.(examination);
    if (waiting.length > 0) settle();
    else schedule();
  });
  worker.on('error', (error) => {
    isDead = true;
    isBusy = false;
    settle();
    onFailure(error);
  });

  return {
    offer(version, parameters) {
      newest = { version, parameters };
      schedule();
    },
    finish: () =>
      new Promise((resolve) => {
        waiting.push(resolve);
        if (!isBusy) settle();
      }),
    setExamining(isWanted) {
      isExamining = isWanted;
      schedule();
    },
    async close() {
      if (timer !== null) clearTimeout(timer);
      isDead = true;
      settle();
      await worker.terminate();
    },
  };
}
