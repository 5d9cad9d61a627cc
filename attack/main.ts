// Command line of the attacks: which ones, how long, and where the figures go.

import { closeSync, openSync, writeFileSync } from 'node:fs';
import { SingleBar } from 'cli-progress';
import { Command } from 'commander';
import { setup as bundlePrograms, teardown as removeBundles } from '../scripts/bundlePrograms.mjs';
import type { Attack, Figures, Length, TellProgress } from './attack.ts';
import { findAttacks } from './findAttacks.ts';
import { createGround } from './ground.ts';

interface Outcome {
  readonly name: string;
  readonly holds: boolean;
  readonly seconds: number;
  readonly figures: Figures;
  readonly fault: string;
}

const { args, short, json, list } = parse();
const attacks = await findAttacks();
const unknown = args.find((name) => !attacks.some((attack) => attack.name === name));
if (unknown !== undefined) {
  const names = attacks.map(({ name }) => name).join(', ');
  console.error(`attack must be one of ${names}, got "${unknown}"`);
  process.exit(2);
}
const chosen = args.length === 0 ? attacks : attacks.filter(({ name }) => args.includes(name));
if (json !== undefined) expectWritable(json);
if (list) for (const { name, against, claim } of chosen) console.log(`${name} (${against}): ${claim}`);
else {
  await bundlePrograms();
  try {
    process.exitCode = await runAll(chosen, short ? 'short' : 'long');
  } finally {
    removeBundles();
  }
}

/** Before an hour is spent: where the figures go can be written. */
function expectWritable(file: string): void {
  try {
    closeSync(openSync(file, 'a'));
  } catch (error) {
    console.error(`--json must be a file that can be written: ${(error as Error).message}`);
    process.exit(2);
  }
}

async function runAll(attacks: readonly Attack[], length: Length): Promise<number> {
  const outcomes: Outcome[] = [];
  for (const [k, attack] of attacks.entries()) {
    console.log(`\n[${k + 1}/${attacks.length}] ${attack.name}: ${attack.claim}`);
    const whyNot = attack.whyNot?.() ?? null;
    if (whyNot !== null) {
      console.log(`  skipped: ${whyNot}`);
      continue;
    }
    const outcome = await runOne(attack, length);
    outcomes.push(outcome);
    for (const [figure, value] of Object.entries(outcome.figures)) console.log(`  ${figure}: ${value}`);
    console.log(outcome.holds ? `  holds (${outcome.seconds} s)` : `  DOES NOT HOLD: ${outcome.fault}`);
  }
  if (json !== undefined) writeFileSync(json, `${JSON.stringify({ length, outcomes }, null, 2)}\n`);
  const numHeld = outcomes.filter(({ holds }) => holds).length;
  console.log(`\n${numHeld} of ${outcomes.length} hold`);
  return numHeld === outcomes.length ? 0 : 1;
}

async function runOne(attack: Attack, length: Length): Promise<Outcome> {
  const ground = createGround();
  const begin = performance.now();
  const seconds = (): number => Math.round(performance.now() - begin) / 1000;
  // Into a file or a pipe: a line now and then.
  const bar = new SingleBar({
    format: '  {bar} {value}/{total}',
    clearOnComplete: true,
    fps: 1,
    noTTYOutput: true,
    notTTYSchedule: 30_000,
  });
  const tell: TellProgress = (done, of) => {
    if (!bar.isActive) bar.start(of, done);
    bar.update(done);
  };
  try {
    const figures = await attack.run(ground, length, tell);
    return { name: attack.name, holds: true, seconds: seconds(), figures, fault: '' };
  } catch (error) {
    const fault = (error as Error).message;
    return { name: attack.name, holds: false, seconds: seconds(), figures: {}, fault };
  } finally {
    bar.stop();
    await ground.close();
  }
}

function parse() {
  const program = new Command('npm run attack --')
    .description('What strangers on the network and failing disks do, against a real server on this machine.')
    .argument('[names...]', 'attacks to run; default: all')
    .option('--short', 'as npm test runs them', false)
    .option('--list', 'names and claims alone', false)
    .option('--json <file>', 'write the outcomes to this file')
    .parse();
  return { args: program.args, ...program.opts<{ short: boolean; list: boolean; json?: string }>() };
}
