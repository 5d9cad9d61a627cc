// `npm run experiment`: an experiment file to a folder with tables, charts and the exact configuration. Knows nothing of how
// cells are computed.

import { readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { createTaskOpener } from '../../server/data/openTask.ts';
import { codeVersionOf } from '../../server/experiment/cells.ts';
import { parseExperiment, quickOf, withStrategyFiles } from '../../server/experiment/experimentFile.ts';
import { runExperiment } from '../../server/experiment/runExperiment.ts';
import { expectOutputFile, expectOutputFolder } from '../../server/commands/outputFile.ts';
import { parseCount } from '../../server/commands/parseCount.ts';
import { withStrategyFile } from '../../server/settings/flags.ts';
import { parseWorld } from '../../shared/simulate/world.ts';
import { createInterruption } from '../fleet/interruption.ts';
import { createProgressLine } from '../fleet/progressLine.ts';
import { runTabsExperiment } from './runTabsExperiment.ts';

interface Options {
  readonly quick?: true;
  readonly json?: string;
  readonly out?: string;
  readonly dataDir: string;
  readonly threads?: number;
  readonly anyVersion?: true;
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const INTERRUPTED = 130;

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new TypeError(`${file} cannot be read as JSON: ${(error as Error).message}`, { cause: error });
  }
}

async function main(file: string, options: Options): Promise<number> {
  const folder = dirname(resolve(file));
  const whole = withStrategyFiles(parseExperiment(readJson(file)), (fields) =>
    withStrategyFile(fields, folder),
  );
  const isQuick = options.quick ?? false;
  const experiment = isQuick ? quickOf(whole) : whole;
  const name = basename(file, '.json');
  const line = createProgressLine();
  const resultsFolder =
    options.out ?? join(dirname(resolve(file)), 'results', isQuick ? `${name}-quick` : name);
  expectOutputFile('--json', options.json);
  expectOutputFolder('--out', resultsFolder);
  const world = readJson(resolve(dirname(file), whole.world));
  const command = `npm run experiment -- ${file}${isQuick ? ' --quick' : ''}`;
  const log = (text: string): void => {
    line.end();
    console.error(text);
  };
  const { dataDir } = options;
  const open = createTaskOpener(dataDir, dirname(file));
  if (whole.kind !== 'simulated') {
    const results = await runTabsExperiment({
      experiment,
      profiles: world,
      codeVersion: codeVersionOf(ROOT),
      resultsFolder,
      command,
      dataDir,
      open,
      signal: createInterruption(),
      log,
    });
    if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(results, null, 1)}\n`);
    console.log(`${results.length} runs: ${join(resultsFolder, 'README.md')}`);
    return 0;
  }
  const { rows, relative, isPartial } = await runExperiment({
    experiment,
    world: parseWorld(world),
    isQuick,
    codeVersion: codeVersionOf(ROOT),
    cacheFolder: join(ROOT, '.cache/experiments'),
    resultsFolder,
    command,
    dataDir,
    open,
    ...(options.threads !== undefined && { threads: options.threads }),
    anyVersion: options.anyVersion ?? false,
    signal: createInterruption(),
    log,
    onProgress: (text) => line.show(text),
  });
  line.end();
  if (options.json !== undefined)
    writeFileSync(options.json, `${JSON.stringify({ rows, relative }, null, 1)}\n`);
  console.log(
    `${rows.length} rows${isPartial ? ', some are missing' : ''}: ${join(resultsFolder, 'README.md')}`,
  );
  return isPartial ? INTERRUPTED : 0;
}

const program = new Command('npm run experiment --')
  .description(
    'Runs a grid of configurations and seeds and compares them. Finished cells are not computed again.',
  )
  .argument('<file>', 'an experiment, like experiments/first.json')
  .option('--quick', 'one seed, coarser')
  .option('--json <file>', 'write { rows, relative } to this file')
  .option('--out <folder>', 'where results go (default: results/NAME beside the file)')
  .option('--data-dir <folder>', 'folder of data files, for tasks that need them', '')
  .option('--threads <N>', 'threads that train (default: one for each core)', parseCount)
  .option('--any-version', 'take finished cells that other versions of the code have computed');
program.parse();
try {
  process.exitCode = await main(program.args[0]!, program.opts<Options>());
} catch (error) {
  const isOurs = !(error instanceof Error) || error.message.startsWith('internal');
  console.error(isOurs ? error : error.message);
  process.exitCode = 1;
}
