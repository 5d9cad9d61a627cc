// The evaluator with its real thread and the real engine, on a model of a few parameters.

import { afterEach, expect, it, onTestFinished, vi } from 'vitest';
import type { ModelSpec } from '../../shared/engine/model.ts';
import type { Examination } from '../../shared/contract/dashboard.ts';
import { createEvaluator, type Evaluator, type EvaluatorOptions } from './evaluator.ts';
import type { EvaluationResult } from '../../shared/evaluate/evaluationMessages.ts';

const MODEL: ModelSpec = {
  id: 'threshold',
  input: [1],
  layers: [{ kind: 'dense', name: 'head', units: 2 }],
  loss: 'softmaxCrossEntropy',
};
/** 0 to 59, more than a batch; class 1 from 30 on. */
const TEST = {
  count: 60,
  inputs: Uint8Array.from({ length: 60 }, (_, i) => i),
  labels: Uint8Array.from({ length: 60 }, (_, i) => (i < 30 ? 0 : 1)),
  groups: null,
};
/** Class 1 where the input is above `threshold`. */
const parametersFor = (threshold: number) => [Float32Array.from([0, 1]), Float32Array.from([threshold, 0])];

let evaluator: Evaluator | null = null;
afterEach(() => evaluator?.close());

function open(options: Partial<EvaluatorOptions> = {}) {
  const results: EvaluationResult[] = [];
  const failures: Error[] = [];
  evaluator = createEvaluator({
    setup: { model: MODEL, test: TEST, metric: 'accuracy', scale: 1, offset: 0 },
    everyMs: 0,
    onResult: (result) => results.push(result),
    onFailure: (error) => failures.push(error),
    ...options,
  });
  return { evaluator, results, failures };
}

it('gives accuracy and loss over the whole test set, the partial last batch included', async () => {
  const { evaluator, results } = open();
  evaluator.offer(1, parametersFor(29.5));
  await evaluator.finish();
  evaluator.offer(2, parametersFor(44.5));
  await evaluator.finish();
  expect(results.map(({ version, accuracy }) => [version, accuracy])).toEqual([
    [1, 1],
    [2, 0.75],
  ]);
  expect(results[0]!.loss).toBeLessThan(results[1]!.loss);
});

it('does so where nobody has bundled its thread', async () => {
  expect(process.env['MINNOW_BUNDLES']).toBeTruthy();
  vi.stubEnv('MINNOW_BUNDLES', '');
  onTestFinished(() => void vi.unstubAllEnvs());
  const { evaluator, results } = open();
  evaluator.offer(1, parametersFor(29.5));
  await evaluator.finish();
  expect(results).toMatchObject([{ version: 1, accuracy: 1 }]);
});

it('evaluates the newest version only, each once', async () => {
  const { evaluator, results } = open({ everyMs: 60_000 });
  for (let version = 0; version < 20; version++) evaluator.offer(version, parametersFor(version));
  await evaluator.finish();
  await evaluator.finish();
  expect(results.at(-1)!.version).toBe(19);
  expect(results.length).toBeLessThanOrEqual(2);
  expect(new Set(results.map(({ version }) => version)).size).toBe(results.length);
});

it('tells of a thread that dies, and lets nobody wait for it', async () => {
  const { evaluator, results, failures } = open();
  evaluator.offer(0, [new Float32Array(7)]);
  await evaluator.finish();
  expect(failures.map(({ message }) => message)).toEqual([expect.stringContaining('must have 2 elements')]);
  evaluator.offer(1, parametersFor(1));
  await evaluator.finish();
  expect(results).toEqual([]);
});

const EMPTY = new Uint8Array(0);
/** The inputs 0 to 59 under a model of one output. */
function openFor(loss: ModelSpec['loss'], metric: 'recall' | 'auc' | 'mse', targets: Float32Array) {
  const layers = [{ kind: 'dense', name: 'head', units: 1 }] as const;
  const test = { ...TEST, inputs: Float32Array.from(TEST.inputs), labels: EMPTY, targets };
  return open({ setup: { model: { ...MODEL, layers, loss }, test, metric, scale: 1, offset: 0 } });
}
const isOn = Float32Array.from(TEST.labels);

it('measures bits by recall of off and on, and by AUC', async () => {
  const recall = openFor('binaryCrossEntropy', 'recall', isOn);
  recall.evaluator.offer(1, [Float32Array.of(1), Float32Array.of(-44.5)]);
  await recall.evaluator.finish();
  expect(recall.results[0]).toMatchObject({ accuracy: 0.75, score: 0.75, recalls: [1, 0.5] });
  await recall.evaluator.close();

  const auc = openFor('binaryCrossEntropy', 'auc', isOn);
  auc.evaluator.offer(1, [Float32Array.of(0.1), Float32Array.of(-10)]);
  await auc.evaluator.finish();
  auc.evaluator.offer(2, [Float32Array.of(-0.1), Float32Array.of(2)]);
  await auc.evaluator.finish();
  expect(auc.results.map(({ score }) => score)).toEqual([1, 0]);
});

it('measures values by their mean squared error, which is also the loss', async () => {
  const { evaluator, results } = openFor(
    'meanSquaredError',
    'mse',
    Float32Array.from({ length: 60 }, (_, i) => 2 * i + (i % 2 === 0 ? 3 : 1)),
  );
  evaluator.offer(1, [Float32Array.of(2), Float32Array.of(1)]);
  await evaluator.finish();
  expect(results[0]).toEqual({ version: 1, accuracy: -1, score: 2, loss: expect.closeTo(2, 5) });
});

it('examines only while that is wanted, the newest version at once, without telling its score twice', async () => {
  const examinations: Examination[] = [];
  const { evaluator, results } = open({ onExamination: (examination) => examinations.push(examination) });
  evaluator.offer(1, parametersFor(44.5));
  await evaluator.finish();
  expect(examinations).toEqual([]);

  evaluator.setExamining(true);
  await evaluator.finish();
  // Ones from 30 to 44 are taken for zeros; the further below the threshold, the surer.
  expect(examinations).toMatchObject([{ version: 1, confusion: [30, 0, 15, 15] }]);
  expect(examinations[0]!.mistakes.map(({ sample, truth, said }) => [sample, truth, said])).toEqual(
    Array.from({ length: 15 }, (_, i) => [30 + i, 1, 0]),
  );
  evaluator.setExamining(false);
  evaluator.offer(2, parametersFor(29.5));
  await evaluator.finish();
  expect(examinations.length).toBe(1);
  expect(results.map(({ version }) => version)).toEqual([1, 2]);
});
