// Command line of the benchmarks: what is measured, and where the figures go.

import { writeFile } from 'node:fs/promises';
import { Command, InvalidArgumentError } from 'commander';
import { expectOutputFile } from '../server/commands/outputFile.ts';
import { openTask } from '../server/data/openTask.ts';
import type { ModelSpec } from '../shared/engine/model.ts';
import { findModel, MODELS } from '../shared/engine/models.ts';
import { printEngineResult } from './engine/printEngineResult.ts';
import { runEngineBench } from './engine/runEngineBench.ts';

function parseModels(text: string): ModelSpec[] {
  try {
    return text.split(',').map(findModel);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

function log(line: string): void {
  console.error(line);
}

interface EngineOptions {
  json?: string;
  models?: ModelSpec[];
  task?: string;
  dataDir: string;
  minnowOnly: boolean;
  webgpu: boolean;
  dawn: boolean;
  perOp: boolean;
}

/** Those that are named, and the task's; without either all that are known. */
async function modelsOf({ models, task, dataDir }: EngineOptions): Promise<readonly ModelSpec[]> {
  if (task === undefined) return models ?? MODELS;
  const { model } = (await openTask(task, { dataDir, seed: 1 })).task;
  return [...(models ?? []), model];
}

const program = new Command('npm run bench --').description('Measures Minnow side by side with others.');

program
  .command('engine')
  .description(
    'One SGD step in a Chromium Worker: Minnow in its variants against TensorFlow.js and jax-js in theirs.',
  )
  .option('--json <file>', 'write the figures to this file')
  .option(
    '--models <ids>',
    `comma-separated: ${MODELS.map(({ id }) => id).join(', ')} (default: all)`,
    parseModels,
  )
  .option('--task <id|file>', 'the model of a task, by its id or its FILE.json')
  .option('--data-dir <folder>', 'folder of data files, for tasks that need them', '')
  .option('--minnow-only', 'leave the other libraries out', false)
  .option('--webgpu', 'WebGPU backends only', false)
  .option('--dawn', 'WebGPU only, in Node on the adapter that Dawn finds', false)
  .option('--per-op', 'time every op of a step by itself, too', false)
  .action(async (options: EngineOptions) => {
    const { minnowOnly, webgpu: webGpuOnly, perOp } = options;
    expectOutputFile('--json', options.json);
    const models = await modelsOf(options);
    const result = options.dawn
      ? await (await import('./engine/dawn/runDawnBench.ts')).runDawnBench({ models, minnowOnly, log })
      : await runEngineBench({ models, minnowOnly, webGpuOnly, perOp, log });
    console.log(printEngineResult(result));
    if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(result, null, 2)}\n`);
  });

try {
  await program.parseAsync();
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
