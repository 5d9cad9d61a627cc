// What the simulator costs beside the training that it asks for: the same local steps, by the same threads, without it.

import type { TaskOpener } from '../data/openTask.ts';
import type { ComputePool } from './pool/computePool.ts';
import type { ScoringRequest, TrainingRequest } from '../../shared/simulate/compute.ts';
import { simulate } from './simulate.ts';
import type { SimulationInput } from '../../shared/simulate/simulationConfig.ts';

const NUM_TURNS = 2;
/** Local works that a thread is given at once: few enough that all threads end together. */
const WORKS_A_MESSAGE = 10;

/**
 * "Alone" are the local steps of all updates that were asked for, with the loading of their parameters and samples: by as
 * many threads, given in lists, with nothing looked at, sent or counted. All else is the simulator's.
 */
export interface Overhead {
  /** Updates of one simulation. */
  readonly updates: number;
  /** Of one simulation: server steps, evaluations, encoding and dealing included. */
  readonly simulatedSeconds: number;
  readonly aloneSeconds: number;
  /** Parts of the simulation's processor time, which what else the machine does hardly touches. */
  readonly stepsShare: number;
  readonly scoringShare: number;
}

/**
 * Simulates, and repeats the local steps alone, in turns, so that both have the same machine. What a process does once is to
 * be done before: threads, data read, plans compiled.
 */
export async function measureOverhead(
  input: SimulationInput,
  { pool, ...rest }: { readonly pool: ComputePool; readonly dataDir: string; readonly open?: TaskOpener },
): Promise<Overhead> {
  const [simulated, steps, scoring] = [{ ...NOTHING }, { ...NOTHING }, { ...NOTHING }];
  let numWorks = 0;
  for (let turn = 0; turn < NUM_TURNS; turn++) {
    const asked: Asked = { works: new Set(), scores: [] };
    await spend(simulated, () => simulate(input, { ...rest, pool: recordingPool(pool, asked) }));
    const lists = listsOf([...asked.works]);
    await spend(steps, () => Promise.all(lists.map((works) => pool.repeatSteps(works))));
    await spend(scoring, () => Promise.all(asked.scores.map((request) => pool.score(request, 0).outcome)));
    numWorks += asked.works.size;
  }
  return {
    updates: numWorks / NUM_TURNS,
    simulatedSeconds: simulated.seconds / NUM_TURNS,
    aloneSeconds: steps.seconds / NUM_TURNS,
    stepsShare: steps.processorSeconds / simulated.processorSeconds,
    scoringShare: scoring.processorSeconds / simulated.processorSeconds,
  };
}

interface Spent {
  seconds: number;
  /** Of all threads of this process. */
  processorSeconds: number;
}

const NOTHING: Spent = { seconds: 0, processorSeconds: 0 };

async function spend(spent: Spent, work: () => Promise<unknown>): Promise<void> {
  const [startedMs, before] = [performance.now(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(before);
  spent.seconds += (performance.now() - startedMs) / 1000;
  spent.processorSeconds += (user + system) / 1e6;
}

function listsOf(works: readonly TrainingRequest[]): TrainingRequest[][] {
  const numLists = Math.ceil(works.length / WORKS_A_MESSAGE);
  return Array.from({ length: numLists }, (_, i) =>
    works.slice(i * WORKS_A_MESSAGE, (i + 1) * WORKS_A_MESSAGE),
  );
}

/** What was asked of a pool and wanted to the end. */
interface Asked {
  readonly works: Set<TrainingRequest>;
  readonly scores: ScoringRequest[];
}

/** The same pool; what is asked of it is noted. */
function recordingPool(pool: ComputePool, { works, scores }: Asked): ComputePool {
  return {
    ...pool,
    train(request, dueMs) {
      const { outcome, cancel } = pool.train(request, dueMs);
      works.add(request);
      return {
        outcome,
        cancel() {
          works.delete(request);
          cancel();
        },
      };
    },
    score(request, dueMs) {
      scores.push(request);
      return pool.score(request, dueMs);
    },
  };
}
