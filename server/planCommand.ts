// `npm run plan`: what a device with a given budget would train, op by op and byte by byte.

import { writeFileSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import { formatByteSize, parseByteSize } from '../shared/byteSize.ts';
import { lifetimesOf } from '../shared/engine/arena/lifetimes.ts';
import { operandsOf } from '../shared/engine/arena/operandsOf.ts';
import { BudgetError } from '../shared/engine/errors.ts';
import { parametersOf } from '../shared/engine/model.ts';
import { findModel, MODELS } from '../shared/engine/models.ts';
import { PAGE_BYTES, planTraining } from '../shared/engine/planTraining.ts';
import type { Op, TrainingPlan } from '../shared/engine/plan.ts';
import { createSelector, rankSchemes, type RankedScheme } from './selection/createSelector.ts';

const EXIT_NOTHING_FITS = 2;

/** The same fields as `--json FILE` gets. */
function reportOf(plan: TrainingPlan) {
  return {
    model: plan.model.id,
    scheme: plan.scheme,
    trainedShare: plan.trainedShare,
    microBatch: plan.microBatch,
    form: plan.form,
    lowerBoundBytes: plan.lowerBoundBytes,
    stepBytes: plan.stepBytes,
    deviceBytes: plan.deviceBytes,
    allocatedBytes: plan.pages * PAGE_BYTES,
  };
}

function printPlan(plan: TrainingPlan, budgetBytes: number): void {
  const numTrained = plan.scheme.entries.length;
  const numTensors = parametersOf(plan.model).length;
  const trained = plan.scheme.entries.map((entry) => entry.tensor).join(', ');
  console.log(`model ${plan.model.id}, batch ${plan.batch}, budget ${formatByteSize(budgetBytes)}`);
  console.log(
    `trains ${(100 * plan.trainedShare).toFixed(1)} % of the parameters (${numTrained} of ${numTensors} tensors): ${trained}`,
  );
  console.log(
    `micro-batch ${plan.microBatch}, form ${plan.form}, ${(plan.flopsPerStep / 1e6).toFixed(1)} MFLOP a step`,
  );
  console.log('');
  console.log('ops of one micro-batch                     scratch alive');
  const isScratch = (id: number) => plan.tensors[id]!.name.startsWith('train.');
  const lifetimes = lifetimesOf(
    plan.programs.train,
    plan.io.train,
    isScratch,
    (id) => plan.tensors[id]!.bytes,
  );
  plan.programs.train.forEach((op, index) => {
    const alive = lifetimes.filter((life) => life.first <= index && index <= life.last);
    const bytes = alive.reduce((sum, life) => sum + life.bytes, 0);
    console.log(`  ${describeOp(plan, op).padEnd(52)} ${formatByteSize(bytes).padStart(10)}`);
  });
  for (const op of plan.programs.apply) console.log(`  ${describeOp(plan, op)}`);
  console.log('');
  for (const [name, bytes] of [
    ['lower bound of the step', plan.lowerBoundBytes],
    ['step (peak)', plan.stepBytes],
    ['device: step, base copy, transfer', plan.deviceBytes],
    [`allocated: ${plan.pages} pages of 64 KiB`, plan.pages * PAGE_BYTES],
  ] as const)
    console.log(`${name.padEnd(54)} ${formatByteSize(bytes).padStart(10)}`);
}

function printSchemes(ranked: readonly RankedScheme[], budgetBytes: number): void {
  console.log('schemes, best first                       trained   least device bytes');
  for (const { scheme, trainedShare, deviceBytes } of ranked) {
    const layers = new Set(scheme.entries.map((entry) => entry.tensor.split('.')[0]));
    const share = `${(100 * trainedShare).toFixed(1)} %`;
    const verdict = deviceBytes <= budgetBytes ? 'fits' : 'does not fit in any form';
    console.log(
      `  ${[...layers].join(' + ').padEnd(38)} ${share.padStart(8)} ${formatByteSize(deviceBytes).padStart(12)}  ${verdict}`,
    );
  }
  console.log('');
}

function describeOp(plan: TrainingPlan, op: Op): string {
  const names = operandsOf(op).map((id) => plan.tensors[id]!.name.replace('train.', ''));
  return `${op.kind} ${names.join(' ')}`;
}

function positiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError(`must be an integer >= 1, got "${text}"`);
  return value;
}

function budgetOf(text: string): number {
  const bytes = parseByteSize(text);
  if (bytes >= 0) return bytes;
  throw new InvalidArgumentError(`must be an amount of memory like 196608, 192KiB or 1.5MiB, got "${text}"`);
}

function orInvalid<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
}

const command = new Command('npm run plan --')
  .description(
    'Print the part of a model that fits a memory budget, its ops, its peak and the lower bound. Exits with 2 and the smallest workable budget when nothing fits.',
  )
  .requiredOption('--model <id>', `one of ${MODELS.map((model) => model.id).join(', ')}`, (text) =>
    orInvalid(() => findModel(text)),
  )
  .requiredOption('--budget <bytes>', 'memory of the device, like 192KiB', (text) => budgetOf(text))
  .option('--batch <n>', 'samples of one local step', positiveInteger, 16)
  .option('--json <file>', 'write the figures to a file')
  .parse();

const options = command.opts<{
  model: ReturnType<typeof findModel>;
  budget: number;
  batch: number;
  json?: string;
}>();
const planning = { batch: options.batch, planFor: planTraining };
printSchemes(rankSchemes(options.model, planning), options.budget);
const choice = createSelector(options.model, planning)({ kind: 'weakest' }, [options.budget]);
if ('smallestBudgetBytes' in choice) {
  console.error(new BudgetError(options.model.id, options.budget, choice.smallestBudgetBytes).message);
  process.exitCode = EXIT_NOTHING_FITS;
} else {
  const plan = planTraining(options.model, choice.scheme, {
    batch: options.batch,
    budgetBytes: options.budget,
  });
  printPlan(plan, options.budget);
  if (options.json) writeFileSync(options.json, `${JSON.stringify(reportOf(plan), null, 2)}\n`);
}
