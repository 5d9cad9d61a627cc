// Simulates in Node: data from files, local work in threads. What happens in virtual time is `shared/simulate`'s.

import { setFlagsFromString } from 'node:v8';
import { createTaskOpener, type TaskOpener } from '../data/openTask.ts';
import { runSimulation, type SimulationProgress } from '../../shared/simulate/runSimulation.ts';
import { runConfigOf, type SimulationInput } from '../../shared/simulate/simulationConfig.ts';
import type { SimulationResult } from '../../shared/simulate/simulationResult.ts';
import { openSimulation, type OpenedSimulation } from './openSimulation.ts';
import { createComputePool, type ComputePool } from './pool/computePool.ts';
import { createSharing } from './sharedArrays.ts';
import { loadSimulationData } from './simulationData.ts';
import { rulesOfStrategy } from '../settings/strategyCode.ts';
import { createVirtualSearch } from './virtualSearch.ts';

export interface SimulateOptions {
  /** Folder of data files, for tasks that need them. */
  readonly dataDir?: string;
  /** Opens the task; default: by its id, or as a file relative to the working directory. */
  readonly open?: TaskOpener;
  /** Threads that compute; default: as many as there are cores, closed at the end. */
  readonly pool?: ComputePool;
  /** Aborted: the result is that of what there is, `partial`. */
  readonly signal?: AbortSignal;
  /** Called at each update that was answered, and now and then between. */
  readonly onProgress?: (progress: SimulationProgress) => void;
}

/**
 * Simulates to the configured end, or to where it gets nowhere any more (`cause`). Throws TypeError or RangeError naming the field of a configuration that cannot work,
 * before any work; DataError where data files are missing.
 */
export async function simulate(
  input: SimulationInput,
  options: SimulateOptions = {},
): Promise<SimulationResult> {
  const open = options.open ?? createTaskOpener(options.dataDir ?? '');
  const opened = await openSimulation(input, open);
  const pool = options.pool ?? createComputePool();
  try {
    return await simulateIn(pool, opened, open, options);
  } finally {
    if (!options.pool) await pool.close();
  }
}

async function simulateIn(
  pool: ComputePool,
  { config, ownTask }: OpenedSimulation,
  open: TaskOpener,
  { dataDir = '', signal, onProgress }: SimulateOptions,
): Promise<SimulationResult> {
  const startedMs = performance.now();
  const run = runConfigOf(config, ownTask?.task);
  const data = await loadSimulationData(config, open, dataDir);
  // Node 20 has relaxed SIMD behind a flag, which is the whole process's.
  if (config.relaxed) setFlagsFromString('--experimental-wasm-relaxed-simd');
  return runSimulation({
    config,
    run,
    rules: rulesOfStrategy(run.strategy),
    data,
    host: {
      compute: pool,
      search: createVirtualSearch(config, run, data),
      share: createSharing(),
      breathe: () => new Promise(setImmediate),
      elapsedMs: () => performance.now() - startedMs,
    },
    signal,
    onProgress,
  });
}
