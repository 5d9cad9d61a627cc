// `npm run plan`: what a device with a given budget would train, op by op and byte by byte.

import { writeFileSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import { formatByteSize } from '../../shared/byteSize.ts';
import { parseByteSize } from '../../shared/parseByteSize.ts';
import { drawArena } from '../../shared/engine/drawArena.ts';
import { BudgetError } from '../../shared/engine/errors.ts';
import { parametersOf, type ModelSpec } from '../../shared/engine/model.ts';
import { findModel, MODELS } from '../../shared/engine/models.ts';
import type { TrainingPlan } from '../../shared/engine/plan.ts';
import { planFor } from '../../shared/engine/planFor.ts';
import { leastDeviceBytes, PAGE_BYTES } from '../../shared/engine/planTraining.ts';
import { lengthOf } from '../../shared/engine/range.ts';
import { extentsOf, type UpdateScheme } from '../../shared/engine/scheme.ts';
import { openTask, type OpenedTask } from '../data/openTask.ts';
import { expectOutputFile } from './outputFile.ts';
import { parseCount } from './parseCount.ts';
import { createSelector, rankSchemes, type RankedScheme } from '../../shared/selection/createSelector.ts';
import { trainPlan } from './trainPlan.ts';

const EXIT_NOTHING_FITS = 2;
const NUM_SCHEMES_SHOWN = 6;
const SEED = 1;

const USUAL_BATCH = 16;

interface Options {
  readonly model?: ModelSpec;
  readonly task?: string;
  readonly dataDir: string;
  readonly budget: number;
  readonly batch?: number;
  readonly json?: string;
  readonly svg?: string;
  readonly run?: number;
}

/** The fields that `--json FILE` gets. */
function figuresOf(plan: TrainingPlan) {
  const { model, scheme, trainedShare, microBatch, form, lowerBoundBytes, stepBytes, deviceBytes } = plan;
  const allocatedBytes = plan.pages * PAGE_BYTES;
  return {
    model: model.id,
    scheme,
    trainedShare,
    microBatch,
    form,
    lowerBoundBytes,
    stepBytes,
    deviceBytes,
    allocatedBytes,
  };
}

/** The whole model, the best schemes that miss the budget by least, and the best that fit. */
function printSchemes(
  model: ModelSpec,
  ranked: readonly RankedScheme[],
  budgetBytes: number,
  batch: number,
): void {
  const firstFit = ranked.findIndex((row) => row.footprintBytes <= budgetBytes);
  const from = Math.max(1, (firstFit < 0 ? ranked.length : firstFit) - NUM_SCHEMES_SHOWN);
  const rows = [ranked[0]!, ...ranked.slice(from, Math.max(firstFit, from) + NUM_SCHEMES_SHOWN)];
  const title = `schemes by share trained (${rows.length} of ${ranked.length})`;
  console.log(`${title.padEnd(45)} ${'trained'.padStart(7)}  least device bytes`);
  for (const { scheme, trainedShare } of rows) {
    const deviceBytes = leastDeviceBytes(model, scheme, batch);
    const share = `${(100 * trainedShare).toFixed(1)} %`;
    const bytes = formatByteSize(deviceBytes);
    const verdict = deviceBytes <= budgetBytes ? 'fits' : 'does not fit in any form';
    const name = describeScheme(model, scheme);
    console.log(`  ${name.padEnd(42)} ${share.padStart(8)} ${bytes.padStart(12)}  ${verdict}`);
  }
  console.log('');
}

/** Layers with the share of their channels, those before the last three summed up. */
function describeScheme(model: ModelSpec, scheme: UpdateScheme): string {
  const parts = parametersOf(model).flatMap((parameter) => {
    const entry = scheme.entries.find(({ tensor }) => tensor === parameter.name);
    if (!entry || parameter.role === 'bias' || parameter.role === 'shift') return [];
    const { inputs, outputs } = extentsOf(parameter);
    const ratio = (lengthOf(entry.output) * lengthOf(entry.input)) / (inputs * outputs);
    return [ratio === 1 ? parameter.layer : `${parameter.layer} 1/${Math.round(1 / ratio)}`];
  });
  const hidden = parts.length - 3;
  return hidden > 1 ? `${hidden} layers + ${parts.slice(hidden).join(' + ')}` : parts.join(' + ');
}

async function printRun(plan: TrainingPlan, numSteps: number, opened: OpenedTask | null): Promise<void> {
  const run = await trainPlan(plan, numSteps, SEED, opened);
  const { data, steps, lossFirst, lossLast, stepMs, backend, allocatedBytes } = run;
  console.log('');
  console.log(
    `ran ${steps} steps on ${data} (${backend}): loss ${lossFirst.toFixed(3)} -> ${lossLast.toFixed(3)}, ${stepMs.toFixed(2)} ms a step, memory ${formatByteSize(allocatedBytes)} throughout`,
  );
}

function orInvalid<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
}

function budgetOf(text: string): number {
  const bytes = parseByteSize(text);
  if (bytes >= 0) return bytes;
  throw new InvalidArgumentError(`must be an amount of memory like 196608, 192KiB or 1.5MiB, got "${text}"`);
}

const command = new Command('npm run plan --')
  .description(
    'Print the part of a model that fits a memory budget, its ops, its peak and the lower bound. Exits with 2 and the smallest workable budget when nothing fits.',
  )
  .option('--model <id>', `one of ${MODELS.map((model) => model.id).join(', ')}`, (text) =>
    orInvalid(() => findModel(text)),
  )
  .option('--task <id|file>', 'the model of a task, by its id or its FILE.json, and its batch and data')
  .option('--data-dir <folder>', 'folder of data files, for tasks that need them', '')
  .requiredOption('--budget <bytes>', 'memory of the device, like 192KiB', (text) => budgetOf(text))
  .option('--batch <n>', `samples of one local step (default: the task's, or ${USUAL_BATCH})`, parseCount)
  .option('--json <file>', 'write the figures to a file')
  .option('--svg <file>', 'draw the arena over time')
  .option('--run <steps>', 'train the plan for that many steps', parseCount)
  .parse();

async function main(options: Options): Promise<void> {
  const { budget } = options;
  if ((options.model === undefined) === (options.task === undefined))
    throw new RangeError('one of --model and --task must say what is planned');
  expectOutputFile('--json', options.json);
  expectOutputFile('--svg', options.svg);
  const opened =
    options.task === undefined
      ? null
      : await openTask(options.task, { dataDir: options.dataDir, seed: SEED });
  for (const note of opened?.notes ?? []) console.log(note);
  const model = options.model ?? opened!.task.model;
  const batch = options.batch ?? opened?.task.localWork.batch ?? USUAL_BATCH;
  printSchemes(model, rankSchemes(model, { batch }), budget, batch);
  const choice = createSelector(model, { batch })({ kind: 'weakest' }, [budget]);
  if ('smallestBudgetBytes' in choice) {
    console.error(new BudgetError(model.id, budget, choice.smallestBudgetBytes).message);
    process.exitCode = EXIT_NOTHING_FITS;
    return;
  }
  const { plan, report } = planFor(model, budget, { scheme: choice.scheme, batch });
  console.log(report);
  if (options.json) writeFileSync(options.json, `${JSON.stringify(figuresOf(plan), null, 2)}\n`);
  if (options.svg) writeFileSync(options.svg, drawArena(plan));
  if (options.run) await printRun(plan, options.run, opened);
}

await main(command.opts<Options>()).catch((error: unknown) => {
  const isOurs = !(error instanceof Error) || error.message.startsWith('internal');
  console.error(isOurs ? error : error.message);
  process.exitCode = 1;
});
