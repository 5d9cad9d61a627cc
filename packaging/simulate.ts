// `minnow/simulate`: simulations in one process, without threads. The figures are those of `npm run simulate`.

import { createTaskOpener, type TaskOpener } from '../server/data/openTask.ts';
import { openSimulation } from '../server/simulate/openSimulation.ts';
import { personalise, probe, score, trainHere } from '../server/simulate/pool/computeRequests.ts';
import { createSharing } from '../server/simulate/sharedArrays.ts';
import { loadSimulationData } from '../server/simulate/simulationData.ts';
import type { OwnStrategy } from '../shared/federation/own/ownStrategy.ts';
import type { Compute, Pending } from '../shared/simulate/compute.ts';
import { runSimulation, type SimulationProgress } from '../shared/simulate/runSimulation.ts';
import { runConfigOf, type SimulationInput } from '../shared/simulate/simulationConfig.ts';
import type { SimulationResult } from '../shared/simulate/simulationResult.ts';
import type { VirtualSearch } from '../shared/simulate/virtualSearch.ts';

export { simulateHere as simulate };
export type { OwnStrategy, SimulationInput, SimulationProgress, SimulationResult };

export interface SimulateHereOptions {
  /** In place of the configuration's strategy: a preset with functions of one's own. */
  readonly own?: OwnStrategy;
  /** Folder of data files, for tasks that need them. */
  readonly dataDir?: string;
  /** Opens the task; default: by its id, or as a task file relative to the working directory. */
  readonly open?: TaskOpener;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: SimulationProgress) => void;
}

/**
 * Simulates to the configured end, or to where it gets nowhere any more (`cause`). Throws TypeError or RangeError naming the field
 * of a configuration that cannot work, a search among them, which takes a thread; DataError where data files are missing.
 */
async function simulateHere(
  input: SimulationInput,
  options: SimulateHereOptions = {},
): Promise<SimulationResult> {
  const { own, dataDir = '', open = createTaskOpener(dataDir), signal, onProgress } = options;
  const { weigh, combine, choose, ...fields } = own ?? {};
  const strategy = own && { name: 'own', ...fields, code: '0' };
  const { config, ownTask } = await openSimulation({ ...input, ...(strategy && { strategy }) }, open);
  if (config.searchSeconds !== undefined)
    throw new RangeError('searchSeconds and contributions take a thread: npm run simulate has them');
  const startedMs = performance.now();
  return runSimulation({
    config,
    run: runConfigOf(config, ownTask?.task),
    rules: own && {
      file: 'own',
      ...(weigh && { weigh }),
      ...(combine && { combine }),
      ...(choose && { choose }),
    },
    data: await loadSimulationData(config, open, dataDir),
    host: {
      compute: HERE,
      search: NO_SEARCH,
      share: createSharing(),
      breathe: () => new Promise(setImmediate),
      elapsedMs: () => performance.now() - startedMs,
    },
    signal,
    onProgress,
  });
}

/** One request after the other, whoever waits for it. */
const HERE: Compute = {
  train: (request) => pendingOf(trainHere(request)),
  probe: (request) => pendingOf(probe(request)),
  score: (request) => pendingOf(score(request)),
  personalise: (request) => pendingOf(personalise(request)),
};

function pendingOf<T>(outcome: Promise<T>): Pending<T> {
  // It may be that nobody waits for it.
  outcome.catch(() => {});
  return { outcome, cancel: () => {} };
}

const NO_SEARCH: VirtualSearch = {
  nextAtMs: Infinity,
  begin: () => {},
  finish: () => Promise.reject(new Error('internal: there is no search')),
  close: async () => {},
};
