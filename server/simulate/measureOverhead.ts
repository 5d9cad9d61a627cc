// What the simulator costs beside the training that it asks for: the same local work, by the same threads, without it.

import type { ComputePool, Pending } from './pool/computePool.ts';
import type { TrainingRequest } from './pool/poolMessages.ts';
import { simulate } from './simulate.ts';
import type { SimulationInput } from './simulationConfig.ts';

const NUM_TURNS = 2;

export interface Overhead {
  /** Local works a second within a simulation, all that it does besides included: data, evaluations, server steps. */
  readonly simulatedPerSecond: number;
  readonly barePerSecond: number;
  /** The first relative to the second. */
  readonly share: number;
  /** Processor time of the local work alone relative to that of the simulation: the same, untouched by what else runs. */
  readonly processorShare: number;
}

/** Simulates and repeats the local work alone, in turns, so that both have the same machine. The pool should be warm. */
export async function measureOverhead(
  input: SimulationInput,
  { pool, dataDir }: { readonly pool: ComputePool; readonly dataDir: string },
): Promise<Overhead> {
  let [simulatedSeconds, bareSeconds, numWorks] = [0, 0, 0];
  let [simulatedProcessor, bareProcessor] = [0, 0];
  for (let turn = 0; turn < NUM_TURNS; turn++) {
    const requests = new Set<TrainingRequest>();
    const before = processorSeconds();
    const { wallSeconds } = await simulate(input, { dataDir, pool: recordingPool(pool, requests) });
    simulatedSeconds += wallSeconds;
    const between = processorSeconds();
    const startedMs = performance.now();
    await Promise.all([...requests].map((request) => pool.train(request, 0).outcome));
    bareSeconds += (performance.now() - startedMs) / 1000;
    simulatedProcessor += between - before;
    bareProcessor += processorSeconds() - between;
    numWorks += requests.size;
  }
  return {
    simulatedPerSecond: numWorks / simulatedSeconds,
    barePerSecond: numWorks / bareSeconds,
    share: bareSeconds / simulatedSeconds,
    processorShare: bareProcessor / simulatedProcessor,
  };
}

/** Of all threads of this process. */
function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** The same pool; `requests` gets the local works whose outcome was wanted. */
function recordingPool(pool: ComputePool, requests: Set<TrainingRequest>): ComputePool {
  return {
    ...pool,
    train(request, dueMs): ReturnType<ComputePool['train']> {
      const pending: Pending<unknown> = pool.train(request, dueMs);
      requests.add(request);
      return {
        ...(pending as ReturnType<ComputePool['train']>),
        cancel() {
          requests.delete(request);
          pending.cancel();
        },
      };
    },
  };
}
