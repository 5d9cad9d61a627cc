// The thread that searches: measures contributions where nobody has, finds the scheme for one budget, and ends.

import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { initialParameters } from '../../shared/engine/initialParameters.ts';
import { leastDeviceBytes } from '../../shared/engine/planTraining.ts';
import { EMPTY_SCHEME, type UpdateScheme } from '../../shared/engine/scheme.ts';
import type { SchemeChoice } from '../federation/selectScheme.ts';
import { createSelector } from '../selection/createSelector.ts';
import { createFootprint } from '../selection/footprint.ts';
import { judgeSchemes } from '../selection/judgeSchemes.ts';
import { measureContributions } from '../selection/measureContributions.ts';
import { createSchemeSpace } from '../selection/schemeSpace.ts';
import { searchScheme } from '../selection/searchScheme.ts';
import type { SearchMessage, SearchRequest } from './searchMessages.ts';

/** Of each training in the measurement. */
const NUM_STEPS = 100;
/** Of each training that judges what was found. */
const NUM_JUDGED_STEPS = 400;
const LEAST_URGENT = 19;

if (parentPort === null) throw new Error('internal: the search worker must be started as a worker thread');
const port = parentPort;
// On Linux the priority is of this thread alone, elsewhere of the whole process.
if (process.platform === 'linux') setPriority(0, LEAST_URGENT);

const { setup, budgetBytes, inner, ...request } = workerData as SearchRequest;
const { model, batch, learningRate, seed, train, heldOut, staging } = setup;
const space = createSchemeSpace(model);
const options = {
  space,
  train,
  heldOut,
  staging,
  parameters: initialParameters(model, seed),
  batch,
  learningRate,
  seed,
};
const contributions =
  request.contributions ??
  (await measureContributions({
    ...options,
    numSteps: NUM_STEPS,
    onProgress: (share) => tell({ kind: 'progress', doing: 'measuring', share }),
  }));
tell({ kind: 'measured', contributions });
const footprint = createFootprint(space, batch);
const floor = inner ? space.genomeOf(inner) : null;
const measures = [contributions.mean, contributions.leftOut];
const found = measures.map((measure, index) =>
  searchScheme({
    space,
    contributions: measure,
    footprint,
    costOf: (scheme: UpdateScheme) => leastDeviceBytes(model, scheme, batch),
    budgetBytes,
    seed,
    ...(floor && { floor }),
    onProgress: (share) =>
      tell({ kind: 'progress', doing: 'searching', share: (index + share) / measures.length }),
  }),
);
const plain = createSelector(model, { batch })({ kind: 'weakest' }, [budgetBytes], inner ?? EMPTY_SCHEME);
const finalists: SchemeChoice[] = found.flatMap((each) =>
  each ? [{ scheme: each.scheme, deviceBytes: each.deviceBytes, trainedShare: each.trainedShare }] : [],
);
if ('scheme' in plain) finalists.unshift(plain);
tell({ kind: 'found', choice: await judgeSchemes(finalists, { ...options, numSteps: NUM_JUDGED_STEPS }) });

function tell(message: SearchMessage): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker thread has no origin
  port.postMessage(message);
}
