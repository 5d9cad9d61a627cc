// What a budget costs: the same scheme trained on real data by the plan that a small budget gets and by the one that an
// unlimited budget gets, from the same start, over the same samples. Accuracy after training, and time of a step by turns.
//
//     npx tsx --experimental-wasm-relaxed-simd experiments/memory/compareBudgets.ts --data-dir FOLDER

import { parseArgs } from 'node:util';
import { initialParameters } from '../../shared/engine/initialParameters.ts';
import type { ModelSpec } from '../../shared/engine/model.ts';
import { findModel } from '../../shared/engine/models.ts';
import type { TrainingPlan } from '../../shared/engine/plan.ts';
import { planTraining } from '../../shared/engine/planTraining.ts';
import { fullScheme, ratioScheme, type UpdateScheme } from '../../shared/engine/scheme.ts';
import type { Batch, Trainer } from '../../shared/engine/trainer.ts';
import { createWasmTrainer } from '../../shared/engine/wasm/wasmTrainer.ts';
import { createRandom } from '../../shared/random.ts';
import type { Dataset, TaskDefinition } from '../../shared/tasks/task.ts';
import { openTask } from '../../server/data/openTask.ts';

const KIB = 1024;
const BATCH = 16;
const NUM_TIMED = 60;

interface Comparison {
  readonly title: string;
  readonly model: ModelSpec;
  readonly task: string;
  /** How often each pixel is repeated, across and down, to fill the model's input. */
  readonly enlarge: number;
  readonly scheme: UpdateScheme;
  /** Null: a quarter of what the unlimited plan's device holds. */
  readonly budgetBytes: number | null;
  readonly numSteps: number;
  readonly learningRate: number;
  readonly numTested: number;
}

const smallCnn = findModel('small-cnn');
const mobileNet96 = findModel('mobilenetv2-035-96');
const mobileNet32 = findModel('mobilenetv2-035-32');
const COMPARISONS: readonly Comparison[] = [
  {
    title: 'small-cnn: conv2, dense2',
    model: smallCnn,
    task: 'fashion',
    enlarge: 1,
    scheme: ratioScheme(smallCnn, { conv2: 1, dense2: 1 }),
    budgetBytes: 256 * KIB,
    numSteps: 3750,
    learningRate: 0.05,
    numTested: 10_000,
  },
  {
    title: 'small-cnn: conv2, dense2, a quarter',
    model: smallCnn,
    task: 'fashion',
    enlarge: 1,
    scheme: ratioScheme(smallCnn, { conv2: 1, dense2: 1 }),
    budgetBytes: null,
    numSteps: 3750,
    learningRate: 0.05,
    numTested: 10_000,
  },
  {
    title: 'small-cnn: all',
    model: smallCnn,
    task: 'fashion',
    enlarge: 1,
    scheme: fullScheme(smallCnn),
    budgetBytes: null,
    numSteps: 3750,
    learningRate: 0.05,
    numTested: 10_000,
  },
  {
    title: 'mobilenetv2-035-32: all',
    model: mobileNet32,
    task: 'cifar10',
    enlarge: 1,
    scheme: fullScheme(mobileNet32),
    budgetBytes: null,
    numSteps: 600,
    learningRate: 0.02,
    numTested: 1000,
  },
  {
    title: 'mobilenetv2-035-96: s7b1, classifier',
    model: mobileNet96,
    task: 'cifar10',
    enlarge: 3,
    scheme: ratioScheme(mobileNet96, {
      's7b1.expand': 1,
      's7b1.depthwise': 1,
      's7b1.project': 1,
      classifier: 1,
    }),
    budgetBytes: 1024 * KIB,
    numSteps: 600,
    learningRate: 0.02,
    numTested: 1000,
  },
  {
    title: 'mobilenetv2-035-96: s6b3.project 1/2, s7b1.project 1/2, classifier',
    model: mobileNet96,
    task: 'cifar10',
    enlarge: 3,
    scheme: ratioScheme(mobileNet96, { 's6b3.project': 1 / 2, 's7b1.project': 1 / 2, classifier: 1 }),
    budgetBytes: 1024 * KIB,
    numSteps: 600,
    learningRate: 0.02,
    numTested: 1000,
  },
];

function batchOf(data: Dataset, task: TaskDefinition, enlarge: number, samples: readonly number[]): Batch {
  const [height, width, channels] = task.model.input as [number, number, number];
  const size = height * width * channels;
  const rowBytes = width * enlarge * channels;
  const inputs = new Uint8Array(samples.length * size * enlarge * enlarge);
  samples.forEach((sample, n) => {
    for (let row = 0; row < height * enlarge; row++)
      for (let column = 0; column < width * enlarge; column++)
        for (let channel = 0; channel < channels; channel++) {
          const pixel = Math.floor(row / enlarge) * width + Math.floor(column / enlarge);
          inputs[(n * height * enlarge + row) * rowBytes + column * channels + channel] =
            data.inputs[sample * size + pixel * channels + channel]!;
        }
  });
  const labels = Uint8Array.from(samples, (sample) => data.labels[sample]!);
  return { inputs, labels, count: samples.length, scale: task.scale, offset: task.offset };
}

async function accuracyOf(
  { model, enlarge, numTested }: Comparison,
  task: TaskDefinition,
  test: Dataset,
  parameters: readonly Float32Array[],
): Promise<number> {
  const trainer = createWasmTrainer(planTraining(model, { entries: [] }, { batch: 50 }));
  trainer.load([...parameters.keys()], parameters);
  for (let from = 0; from < numTested; from += 50)
    trainer.evaluate(
      batchOf(
        test,
        task,
        enlarge,
        Array.from({ length: 50 }, (_, n) => from + n),
      ),
    );
  const { correct, samples } = await trainer.takeMetrics();
  trainer.dispose();
  return correct / samples;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function describePlan(plan: TrainingPlan): string {
  const { form, microBatch, frozenPrecision, recompute, deviceBytes, stepBytes } = plan;
  const how = [`${form} ${microBatch}`, frozenPrecision, ...(recompute ? ['recomputing'] : [])].join(', ');
  return `${(deviceBytes / KIB).toFixed(0)} | ${(stepBytes / KIB).toFixed(0)} | ${how}`;
}

async function compare(comparison: Comparison, dataDir: string, seed: number): Promise<string> {
  const { model, scheme, numSteps, learningRate } = comparison;
  const { task, data } = await openTask(comparison.task, { dataDir, seed });
  const unlimited = planTraining(model, scheme, { batch: BATCH });
  const budgetBytes = comparison.budgetBytes ?? unlimited.deviceBytes / 4;
  const plans = [unlimited, planTraining(model, scheme, { batch: BATCH, budgetBytes: smallestAbove() })];
  function smallestAbove(): number {
    try {
      return planTraining(model, scheme, { batch: BATCH, budgetBytes }).deviceBytes;
    } catch (error) {
      return (error as { smallestBudgetBytes: number }).smallestBudgetBytes;
    }
  }
  const start = initialParameters(model, seed);
  const trainers = plans.map((plan): Trainer => {
    const trainer = createWasmTrainer(plan);
    trainer.load([...start.keys()], start);
    trainer.beginUpdate();
    return trainer;
  });
  const random = createRandom(seed);
  const times: number[][] = [[], []];
  for (let step = 0; step < numSteps; step++) {
    const samples = Array.from({ length: BATCH }, () => random.integer(data.train.count));
    const batch = batchOf(data.train, task, comparison.enlarge, samples);
    for (const which of step % 2 === 0 ? [0, 1] : [1, 0]) {
      const startedMs = performance.now();
      trainers[which]!.step(batch, learningRate, step);
      if (step >= numSteps - NUM_TIMED) times[which]!.push(performance.now() - startedMs);
    }
  }
  const [before, ...accuracies] = [
    await accuracyOf(comparison, task, data.test, start),
    await accuracyOf(comparison, task, data.test, await trainers[0]!.read()),
    await accuracyOf(comparison, task, data.test, await trainers[1]!.read()),
  ];
  for (const trainer of trainers) trainer.dispose();
  const [slow, fast] = [median(times[1]!), median(times[0]!)];
  return plans
    .map((plan, which) =>
      [
        '',
        which === 0 ? `${comparison.title}; ${comparison.task}, ${numSteps} steps, seed ${seed}` : '',
        describePlan(plan),
        which === 0 ? `${percent(before!)} -> ${percent(accuracies[0]!)}` : `-> ${percent(accuracies[1]!)}`,
        which === 0 ? `${fast.toFixed(2)} ms` : `x ${(slow / fast).toFixed(2)}`,
        '',
      ]
        .join(' | ')
        .trim(),
    )
    .join('\n');
}

const { values } = parseArgs({
  options: {
    'data-dir': { type: 'string' },
    seeds: { type: 'string', default: '1' },
    only: { type: 'string' },
  },
});
if (values['data-dir'] === undefined) throw new RangeError('--data-dir must name the folder of data sets');
console.log('| scheme, data | device KiB | step KiB | plan | test accuracy | time of a step |');
console.log('| --- | ---: | ---: | --- | --- | --- |');
for (const comparison of COMPARISONS)
  for (let seed = 1; seed <= Number(values.seeds); seed++)
    if (comparison.title.includes(values.only ?? ''))
      console.log(await compare(comparison, values['data-dir'], seed));
