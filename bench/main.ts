// Command line of the benchmarks: what is measured, and where the figures go.

import { writeFile } from 'node:fs/promises';
import { Command, InvalidArgumentError } from 'commander';
import { findModel } from '../shared/engine/models.ts';
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
    'One SGD step in a Chromium Worker: Minnow in its variants against TensorFlow.js in its backends.',
  )
  .option('--json <file>', 'write the figures to this file')
  .option('--models <ids>', 'comma-separated: mlp, small-cnn, digits', parseModels, [
    'mlp',
    'small-cnn',
    'digits',
  ])
  .option('--minnow-only', 'leave TensorFlow.js out', false)
  .action(async (options: { json?: string; models: string[]; minnowOnly: boolean }) => {
    const result = await runEngineBench({
      modelIds: options.models,
      minnowOnly: options.minnowOnly,
      log: (line) => console.error(line),
    });
    console.log(printEngineResult(result));
    if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(result, null, 2)}\n`);
  });

await program.parseAsync();
