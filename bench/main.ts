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
  .option('--per-op', 'time every op of a step by itself, too', false)
  .action(async (options: { json?: string; models: string[]; minnowOnly: boolean; perOp: boolean }) => {
    const result = await runEngineBench({
      modelIds: options.models,
      minnowOnly: options.minnowOnly,
      perOp: options.perOp,
      log: (line) => console.error(line),
    });
    console.log(printEngineResult(result));
    if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(result, null, 2)}\n`);
  });

await program.parseAsync();
