// `npm run verify`: looks through the files of a run and says what is in them. Changes nothing.

import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { CheckpointError } from '../store/checkpointError.ts';
import { countOf, describeDamage } from '../store/damage.ts';
import { diskFaultOf } from '../store/diskFault.ts';
import { lockFolder } from '../store/lockFolder.ts';
import { runFolder } from '../store/runManifest.ts';
import { verifyRun, type RunReport } from '../store/verifyRun.ts';

const DAMAGED = 1;
const USAGE_ERROR = 2;

interface Options {
  readonly runsDir: string;
  readonly json?: string;
}

function print(report: RunReport): void {
  const { run, task, strategy, minnow, updates, acknowledged, lost, version, evaluations, devices } = report;
  const { entries, segments, checkpoint, checkpoints, damages } = report;
  const told =
    acknowledged === null ? 'how many were acknowledged cannot be told' : `${acknowledged} acknowledged`;
  console.log(`${run}: ${task}, ${strategy}, begun by Minnow ${minnow}`);
  console.log(`${countOf(updates, 'update')} accepted (${told}), of ${countOf(devices, 'device')}`);
  console.log(`version ${version}, ${countOf(evaluations, 'evaluation')}`);
  const newest =
    checkpoint === null
      ? 'no checkpoint yet'
      : `newest checkpoint at entry ${checkpoint} (of ${checkpoints})`;
  console.log(`journal: entries to ${entries} in ${countOf(segments, 'segment')}, ${newest}`);
  for (const damage of damages) console.log(`damaged: ${describeDamage(damage)}`);
  if (damages.length === 0) console.log('All files are whole.');
  else if (lost === 0) console.log('No acknowledged update is lost.');
  else if (lost === null) console.log('How many acknowledged updates are lost cannot be told.');
  else console.log(`${lost} of ${countOf(acknowledged!, 'acknowledged update')} are lost.`);
}

/** A server at work changes the files while they are read. Where nothing can be written, nobody is at work. */
function expectIdle(folder: string): void {
  if (!existsSync(folder)) throw new RangeError(`there is no run in ${folder}`);
  try {
    lockFolder(folder)();
  } catch (error) {
    if (diskFaultOf(error) === null) throw error;
  }
}

function main(run: string, { runsDir, json }: Options): number {
  const folder = existsSync(join(run, 'journal')) ? run : runFolder(runsDir, run);
  try {
    expectIdle(folder);
    const report = verifyRun(folder);
    print(report);
    if (json !== undefined) writeFileSync(json, `${JSON.stringify(report, null, 2)}\n`);
    return report.damages.length > 0 ? DAMAGED : 0;
  } catch (error) {
    if (!(error instanceof CheckpointError) || error.code !== 'damaged') throw error;
    console.log(error.message);
    return DAMAGED;
  }
}

new Command('npm run verify --')
  .description('Checks the files of a run and says what is in them. Ends with 0 (whole), 1 (damaged) or 2.')
  .argument('<run>', 'name of the run, or its folder')
  .option('--runs-dir <folder>', 'where runs are kept', 'runs')
  .option('--json <file>', 'write the figures there, too')
  .allowExcessArguments(false)
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : USAGE_ERROR))
  .action((run: string, options: Options) => {
    try {
      process.exitCode = main(run, options);
    } catch (error) {
      console.error((error as Error).message);
      process.exitCode = USAGE_ERROR;
    }
  })
  .parse();
