// Command line of the benchmarks: what is measured, and where the figures go.

import { writeFile } from 'node:fs/promises';
import { Command, InvalidArgumentError } from 'commander';
import { findModel, MODELS } from '../shared/engine/models.ts';
import { printEngineResult } from './engine/printEngineResult.ts';
import { runEngineBench } from './engine/runEngineBench.ts';

function parseModels(text: string): string[] {
  try {
    return text.split(',').map((id) => findModel(id).id);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

function log(line: string): void {
  console.error(line);
}

interface EngineOptions {
  json?: string;
  models: string[];
  minnowOnly: boolean;
  webgpu: boolean;
  dawn: boolean;
  perOp: boolean;
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
    `comma-separated: ${MODELS.map(({ id }) => id).join(', ')}`,
    parseModels,
    MODELS.map(({ id }) => id),
  )
  .option('--minnow-only', 'leave the other libraries out', false)
  .option('--webgpu', 'WebGPU backends only', false)
  .option('--dawn', 'WebGPU only, in Node on the adapter that Dawn finds', false)
  .option('--per-op', 'time every op of a step by itself, too', false)
  .action(async (options: EngineOptions) => {
    const { models: modelIds, minnowOnly, webgpu: webGpuOnly, perOp } = options;
    const result = options.dawn
      ? await (await import('./engine/dawn/runDawnBench.ts')).runDawnBench({ modelIds, minnowOnly, log })
      : await runEngineBench({ modelIds, minnowOnly, webGpuOnly, perOp, log });
    console.log(printEngineResult(result));
    if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(result, null, 2)}\n`);
  });

try {
  await program.parseAsync();
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
