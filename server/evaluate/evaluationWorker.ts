// The thread that evaluates: holds the test set and a forward-only trainer, answers one request at a time.

import { parentPort, workerData } from 'node:worker_threads';
import { planTraining } from '../../shared/engine/planTraining.ts';
import { createWasmTrainer } from '../../shared/engine/wasm/wasmTrainer.ts';
import { examineModel } from '../../shared/evaluate/evaluateModel.ts';
import type {
  EvaluationAnswer,
  EvaluationRequest,
  EvaluationSetup,
} from '../../shared/evaluate/evaluationMessages.ts';

const BATCH = 50;

if (parentPort === null)
  throw new Error('internal: the evaluation worker must be started as a worker thread');
const port = parentPort;
const setup = workerData as EvaluationSetup;
const trainer = createWasmTrainer(planTraining(setup.model, { entries: [] }, { batch: BATCH }));

port.on('message', async ({ version, parameters, examines }: EvaluationRequest) => {
  const { measures, examination } = await examineModel(trainer, setup, parameters, examines);
  port.postMessage({
    result: { version, ...measures },
    examination: examination && { version, ...examination },
  } satisfies EvaluationAnswer);
});
