// Trains the schemes that four ways of choosing pick for the same budget, with the production engine under that budget
// and equal updates: last layers, contributions from a public set, from probes of the devices, and everything (no budget).
// Usage: npx tsx experiments/selection/compareSchemes.ts TASK BUDGET,BUDGET... SEEDS UPDATES [DATA-DIR] [--json FILE]

import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseByteSize } from '../../shared/parseByteSize.ts';
import { initialParameters } from '../../shared/engine/initialParameters.ts';
import { parametersOf, type Parameters } from '../../shared/engine/model.ts';
import type { TrainingPlan } from '../../shared/engine/plan.ts';
import { leastDeviceBytes, planTraining } from '../../shared/engine/planTraining.ts';
import {
  EMPTY_SCHEME,
  fullScheme,
  stretchesOf,
  schemeSize,
  slicesAmong,
  type UpdateScheme,
} from '../../shared/engine/scheme.ts';
import { createWasmTrainer } from '../../shared/engine/wasm/wasmTrainer.ts';
import { countSteps, shuffledBatches, type Shard } from '../../shared/localWork/shard.ts';
import { createRandom, mixSeed } from '../../shared/random.ts';
import { findTask } from '../../shared/tasks/tasks.ts';
import type { Dataset } from '../../shared/tasks/task.ts';
import { loadTask } from '../../server/data/loadTask.ts';
import { evaluateModel } from '../../shared/evaluate/evaluateModel.ts';
import type { Contributions } from '../../shared/selection/contributions.ts';
import { shardOf } from '../../shared/selection/publicSet.ts';
import { createFootprint } from '../../shared/selection/footprint.ts';
import { createSelector } from '../../shared/selection/createSelector.ts';
import { judgeSchemes } from '../../shared/selection/judgeSchemes.ts';
import { measureContributions } from '../../shared/selection/measureContributions.ts';
import type { ProbeReport } from '../../shared/federation/probePlanner.ts';
import { createProbePlanner } from '../../shared/selection/createProbePlanner.ts';
import { searchByReports } from '../../shared/selection/searchByReports.ts';
import { runProbe } from '../../shared/localWork/runProbe.ts';
import { createSchemeSpace, lastLayers, type Genome } from '../../shared/selection/schemeSpace.ts';
import { searchScheme } from '../../shared/selection/searchScheme.ts';

const NUM_DEVICES = 40;
const SHARD_SAMPLES = 240;
const COHORT = 8;
const PUBLIC_SAMPLES = 1200;
const HELD_OUT = 400;
const MEASURE_STEPS = 100;
const JUDGED_STEPS = 400;
/** As a server has it. */
const NUM_PROBE_BATCHES = 16;
const TEST_SAMPLES = 2000;

const [taskId = 'digits', budgetList = '192KiB', seedCount = '3', updateCount = '240', dataDir = ''] =
  process.argv.slice(2).filter((argument) => !argument.startsWith('--') && argument !== jsonFile());
const task = findTask(taskId);
const { model, localWork, metric, scale, offset } = task;
const space = createSchemeSpace(model);
const footprint = createFootprint(space, localWork.batch);
const planner = createProbePlanner(model, localWork.batch);
const costOf = (scheme: UpdateScheme): number => leastDeviceBytes(model, scheme, localWork.batch);

function jsonFile(): string | undefined {
  const at = process.argv.indexOf('--json');
  return at < 0 ? undefined : process.argv[at + 1];
}

/** The most of the last layers that fit, with the largest share of the one before. */
function lastLayersWithin(budgetBytes: number): UpdateScheme | null {
  let best: Genome | null = null;
  for (let count = 0; count <= space.units.length; count++)
    for (let partial = 0; partial < (count < space.units.length ? 4 : 1); partial++) {
      const genome = lastLayers(space, count, partial);
      const { entries } = space.schemeOf(genome);
      if (entries.length > 0 && costOf({ entries }) <= budgetBytes) best = genome;
    }
  return best && space.schemeOf(best);
}

interface World {
  readonly shards: readonly Shard[];
  readonly publicTrain: Shard;
  readonly heldOut: Shard;
  readonly test: Dataset;
}

async function worldOf(seed: number): Promise<World> {
  const { train, test } = await loadTask(task.id, { dataDir, seed });
  const order = createRandom(mixSeed(seed, 77)).shuffle(Array.from({ length: train.count }, (_, i) => i));
  const take = (count: number) => shardOf(train, order.splice(0, count));
  const heldOut = take(HELD_OUT);
  const publicTrain = take(PUBLIC_SAMPLES - HELD_OUT);
  const shards = Array.from({ length: NUM_DEVICES }, () => take(SHARD_SAMPLES));
  const sampleSize = test.inputs.length / test.count;
  const count = Math.min(TEST_SAMPLES, test.count);
  return {
    shards,
    publicTrain,
    heldOut,
    test: {
      ...test,
      count,
      inputs: test.inputs.slice(0, count * sampleSize),
      labels: test.labels.slice(0, count),
    },
  };
}

/** Each device probes each group once, within the budget, as it would by the protocol. */
async function probe(world: World, parameters: Parameters, budgetBytes: number, seed: number) {
  const reports: ProbeReport[] = [];
  for (const index of planner.groups.keys()) {
    const found = planner.probeFor(index, budgetBytes);
    if (!found) continue;
    const { group, ratio, scheme } = found;
    const plan = planTraining(model, scheme, { batch: localWork.batch, budgetBytes });
    const trainer = createWasmTrainer(plan);
    for (let device = 0; device < COHORT; device++) {
      trainer.load([...parameters.keys()], parameters);
      const shard = world.shards[device]!;
      const product = await runProbe({
        trainer,
        shard,
        staging: task,
        localWork,
        numBatches: NUM_PROBE_BATCHES,
        seed: mixSeed(seed, index, device),
        flopsPerSecond: 0,
        clock: { now: () => 0, sleepUntil: async () => {}, yield: async () => {} },
        signal: new AbortController().signal,
        mayGoOn: async () => false,
        stepped: () => {},
      });
      reports.push({ group, ratio, product: product!, samples: shard.samples });
    }
    trainer.dispose();
  }
  return reports;
}

/** Rounds of `COHORT` devices whose deltas are averaged; the test score after the given number of updates. */
async function train(
  scheme: UpdateScheme,
  budgetBytes: number,
  world: World,
  seed: number,
  numUpdates: number,
) {
  const options = { batch: localWork.batch, ...(Number.isFinite(budgetBytes) && { budgetBytes }) };
  const plan = planTraining(model, scheme, options);
  const trainer = createWasmTrainer(plan);
  const specs = parametersOf(model);
  const slices = slicesAmong(specs, scheme);
  const parameters = initialParameters(model, seed);
  const indices = [...parameters.keys()];
  const random = createRandom(mixSeed(seed, 5));
  for (let round = 0; round < numUpdates / COHORT; round++) {
    const sum = new Float64Array(schemeSize(model, scheme));
    const cohort = random.shuffle(Array.from({ length: NUM_DEVICES }, (_, i) => i)).slice(0, COHORT);
    for (const device of cohort) {
      const shard = world.shards[device]!;
      trainer.load(indices, parameters);
      trainer.beginUpdate();
      const batches = shuffledBatches(shard, localWork.batch, task, mixSeed(seed, round, device));
      const numSteps = countSteps(shard.samples, localWork.batch, localWork.epochs, localWork.maxSteps);
      for (let step = 0; step < numSteps; step++) trainer.step(batches.next().value, localWork.learningRate);
      (await trainer.finishUpdate()).forEach((value, index) => (sum[index]! += value / COHORT));
    }
    let at = 0;
    for (const slice of slices)
      for (const { start, length } of stretchesOf(specs[slice.parameter]!, slice))
        for (let i = start; i < start + length; i++) parameters[slice.parameter]![i]! += sum[at++]!;
  }
  trainer.dispose();
  const judge = createWasmTrainer(planTraining(model, EMPTY_SCHEME, { batch: 50 }));
  const { score } = await evaluateModel(
    judge,
    { model, test: world.test, metric, scale, offset },
    parameters,
  );
  judge.dispose();
  return { score, form: plan.form, microBatch: plan.microBatch, deviceBytes: plan.deviceBytes };
}

function describe(scheme: UpdateScheme): string {
  return slicesAmong(parametersOf(model), scheme)
    .map(({ parameter, size }) => {
      const { name, size: whole } = parametersOf(model)[parameter]!;
      return size === whole ? name : `${name} ${Math.round((100 * size) / whole)} %`;
    })
    .filter((text) => !text.endsWith('.bias'))
    .join(', ');
}

const rows: object[] = [];
for (let seed = 1; seed <= Number(seedCount); seed++) {
  const world = await worldOf(seed);
  const parameters = initialParameters(model, seed);
  const measuredFrom = performance.now();
  const measuring = {
    space,
    train: world.publicTrain,
    heldOut: world.heldOut,
    staging: task,
    createTrainer: (plan: TrainingPlan) => createWasmTrainer(plan),
    parameters,
    batch: localWork.batch,
    learningRate: localWork.learningRate,
    numSteps: MEASURE_STEPS,
    seed,
  };
  const measured = await measureContributions(measuring);
  const measureSeconds = (performance.now() - measuredFrom) / 1000;
  for (const text of budgetList.split(',')) {
    const budgetBytes = parseByteSize(text);
    const reports = await probe(world, parameters, budgetBytes, seed);
    const searching = { space, footprint, costOf, budgetBytes, seed };
    const search = (contributions: Contributions) => searchScheme({ ...searching, contributions });
    const plain = createSelector(model, { batch: localWork.batch })({ kind: 'weakest' }, [budgetBytes]);
    const finalists = [search(measured.mean), search(measured.leftOut), 'scheme' in plain ? plain : null];
    const judged = await judgeSchemes(
      finalists.filter((each) => each !== null),
      { ...measuring, numSteps: JUDGED_STEPS },
    );
    const schemes: Record<string, UpdateScheme | null> = {
      'last layers': lastLayersWithin(budgetBytes),
      'public set': judged?.scheme ?? null,
      probes: searchByReports(reports, searching)?.scheme ?? null,
    };
    const scores = new Map<string, Awaited<ReturnType<typeof train>>>();
    for (const [way, scheme] of Object.entries(schemes)) {
      if (!scheme) continue;
      const key = JSON.stringify(scheme);
      if (!scores.has(key))
        scores.set(key, await train(scheme, budgetBytes, world, seed, Number(updateCount)));
      const result = scores.get(key)!;
      const row = { task: task.id, budget: text, seed, way, scheme: describe(scheme), ...result };
      rows.push(row);
      console.log(JSON.stringify({ ...row, measureSeconds: Math.round(measureSeconds) }));
    }
  }
  const full = await train(fullScheme(model), Infinity, world, seed, Number(updateCount));
  rows.push({ task: task.id, budget: 'none', seed, way: 'everything', scheme: 'everything', ...full });
  console.log(JSON.stringify(rows.at(-1)));
}
const file = jsonFile();
if (file)
  writeFileSync(
    file,
    `${JSON.stringify({ machine: `${cpus().length} x ${cpus()[0]?.model}`, node: process.version, rows }, null, 1)}\n`,
  );
