// The thread that searches: by what devices told, or by what it measures on the public set where nobody has; finds the
// scheme for one budget, and ends.

import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { uploadOf } from '../../shared/contract/deltaBytes.ts';
import { initialParameters } from '../../shared/engine/initialParameters.ts';
import type { TrainingPlan } from '../../shared/engine/plan.ts';
import { leastDeviceBytes } from '../../shared/engine/planTraining.ts';
import { EMPTY_SCHEME, type UpdateScheme } from '../../shared/engine/scheme.ts';
import type { Trainer } from '../../shared/engine/trainer.ts';
import { createWasmTrainer } from '../../shared/engine/wasm/wasmTrainer.ts';
import type { ProbeReport } from '../../shared/federation/probePlanner.ts';
import type { SchemeChoice } from '../../shared/federation/selectScheme.ts';
import { createSelector } from '../../shared/selection/createSelector.ts';
import { createFootprint } from '../../shared/selection/footprint.ts';
import { judgeSchemes } from '../../shared/selection/judgeSchemes.ts';
import { measureContributions } from '../../shared/selection/measureContributions.ts';
import { createSchemeSpace } from '../../shared/selection/schemeSpace.ts';
import { searchByReports } from '../../shared/selection/searchByReports.ts';
import { searchScheme } from '../../shared/selection/searchScheme.ts';
import type { SearchMessage, SearchRequest } from './searchMessages.ts';

/** Of each training in the measurement. */
const NUM_STEPS = 100;
/** Of each training that judges what was found. */
const NUM_JUDGED_STEPS = 400;

if (parentPort === null) throw new Error('internal: the search worker must be started as a worker thread');
const port = parentPort;
const { setup, search, niceness, contributions: known } = workerData as SearchRequest;
// On Linux the priority is of this thread alone, elsewhere of the whole process.
if (process.platform === 'linux' && niceness > 0) setPriority(0, niceness);

const { budgetBytes, inner, reports } = search;
const { model, batch, learningRate, seed, start, staging, publicSet } = setup;
const upload = uploadOf(setup.up);
const space = createSchemeSpace(model);
const footprint = createFootprint(space, batch, upload);
const costOf = (scheme: UpdateScheme) => leastDeviceBytes(model, scheme, batch, upload);
const searching = {
  space,
  footprint,
  costOf,
  budgetBytes,
  seed,
  ...(inner && { floor: space.genomeOf(inner) }),
};
tell({ kind: 'found', choice: reports ? byReports(reports) : await byPublicSet() });

function byReports(told: readonly ProbeReport[]): SchemeChoice | null {
  const found = searchByReports(told, {
    ...searching,
    onProgress: (share) => tell({ kind: 'progress', doing: 'searching', share }),
  });
  return found && choiceOf(found);
}

/** In the fastest form that runs here. */
function createTrainer(plan: TrainingPlan): Trainer {
  return createWasmTrainer(plan);
}

async function byPublicSet(): Promise<SchemeChoice | null> {
  if (!publicSet) return null;
  const parameters = start ?? initialParameters(model, seed);
  const measuring = { space, ...publicSet, staging, createTrainer, parameters, batch, learningRate, seed };
  const contributions =
    known ??
    (await measureContributions({
      ...measuring,
      numSteps: NUM_STEPS,
      onProgress: (share) => tell({ kind: 'progress', doing: 'measuring', share }),
    }));
  tell({ kind: 'measured', contributions });
  const measures = [contributions.mean, contributions.leftOut];
  const found = measures.map((measure, index) =>
    searchScheme({
      ...searching,
      contributions: measure,
      onProgress: (share) =>
        tell({ kind: 'progress', doing: 'searching', share: (index + share) / measures.length }),
    }),
  );
  const plain = createSelector(model, { batch, upload })(
    { kind: 'weakest' },
    [budgetBytes],
    inner ?? EMPTY_SCHEME,
  );
  const finalists = found.flatMap((each) => (each ? [choiceOf(each)] : []));
  if ('scheme' in plain) finalists.unshift(plain);
  return judgeSchemes(finalists, { ...measuring, numSteps: NUM_JUDGED_STEPS });
}

/** Without what the search alone knows of it. */
function choiceOf({ scheme, deviceBytes, trainedShare }: SchemeChoice): SchemeChoice {
  return { scheme, deviceBytes, trainedShare };
}

function tell(message: SearchMessage): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker thread has no origin
  port.postMessage(message);
}
