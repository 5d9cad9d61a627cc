// Command line of the simulation with faults: one seed with what happened in it, or as many as are asked for.

import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { Command, InvalidArgumentError } from 'commander';
import { expectOutputFile } from '../server/commands/outputFile.ts';
import { parseCount } from '../server/commands/parseCount.ts';
import { addCounts, runSeed, type SeedOutcome } from './simulation.ts';
import { COUNTED, type Counted } from './world.ts';

const TELL_EVERY_MS = 10_000;
const MINUTE_MS = 60_000;
const INTERRUPTED = 130;

interface Options {
  readonly seeds?: number;
  readonly minutes?: number;
  readonly json?: string;
}

interface Broken {
  readonly seed: number;
  readonly message: string;
}

const { seed, seeds, minutes, json } = parse();
try {
  expectOutputFile('--json', json);
} catch (error) {
  console.error((error as Error).message);
  process.exit(1);
}
const isReplay = seeds === undefined && minutes === undefined;
const begin = performance.now();
const counts = Object.fromEntries(COUNTED.map((what) => [what, 0])) as Record<Counted, number>;
const broken: Broken[] = [];
let numSeeds = 0;
let virtualMs = 0;
const interruption = new AbortController();
if (isReplay) take(await runSeed(seed, { onLine: (line) => console.log(line) }));
else await runMany();
conclude();

async function runMany(): Promise<void> {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => {
      interruption.abort();
      console.log('Ending after the seed under way.');
    });
  const endMs = minutes === undefined ? Infinity : minutes * MINUTE_MS;
  let toldMs = 0;
  for (
    let next = seed;
    !interruption.signal.aborted && numSeeds < (seeds ?? Infinity) && elapsedMs() < endMs;
    next++
  ) {
    take(await runSeed(next));
    // Half an hour that is cut short keeps its count.
    keepFigures();
    // A simulation waits for nothing: signals are heard here.
    await setImmediate();
    if (elapsedMs() - toldMs < TELL_EVERY_MS) continue;
    toldMs = elapsedMs();
    const of = seeds === undefined ? '' : ` of ${seeds}`;
    console.log(`${numSeeds}${of} seeds, ${broken.length} broken (${Math.round(toldMs / 1000)} s)`);
  }
}

function take(outcome: SeedOutcome): void {
  numSeeds++;
  virtualMs += outcome.virtualMs;
  addCounts(counts, outcome.counts);
  if (outcome.broken === null) return;
  broken.push({ seed: outcome.seed, message: outcome.broken.message });
  console.log(
    `seed ${outcome.seed}: ${outcome.broken.message}\n  again, with all that happens: npm run chaos -- ${outcome.seed}`,
  );
}

function keepFigures(): void {
  if (json === undefined) return;
  const figures = {
    from: seed,
    seeds: numSeeds,
    broken,
    counts,
    virtualSeconds: Math.round(virtualMs / 1000),
    seconds: Math.round(elapsedMs() / 1000),
    machine: { node: process.version, cpu: cpus()[0]?.model ?? '' },
  };
  writeFileSync(json, `${JSON.stringify(figures, null, 2)}\n`);
}

function conclude(): void {
  keepFigures();
  console.log(COUNTED.map((what) => `${what} ${counts[what]}`).join(', '));
  const range = numSeeds === 1 ? `seed ${seed}` : `${numSeeds} seeds from ${seed}`;
  const held = broken.length === 0 ? 'all invariants hold' : `broken in ${broken.length}`;
  console.log(`${range}: ${held} (${Math.round(elapsedMs() / 1000)} s)`);
  process.exitCode = broken.length > 0 ? 1 : interruption.signal.aborted ? INTERRUPTED : 0;
}

function elapsedMs(): number {
  return performance.now() - begin;
}

function parse(): Options & { readonly seed: number } {
  const program = new Command('npm run chaos --')
    .description(
      'A run, its disk, its network and its devices in virtual time, with all that can go wrong: by the seed. Ends with 1, and names the seed, where something does not hold.',
    )
    .argument('[seed]', 'the seed to replay with all that happens, or the first of many', wholeNumber, 1)
    .option('--seeds <count>', 'so many seeds, one after the other', parseCount)
    .option('--minutes <count>', 'as many seeds as fit', positive)
    .option('--json <file>', 'write the figures there, too')
    .allowExcessArguments(false)
    .parse();
  return { seed: program.processedArgs[0] as number, ...program.opts<Options>() };
}

function wholeNumber(text: string): number {
  if (/^\d{1,10}$/.test(text)) return Number(text);
  throw new InvalidArgumentError(`must be a whole number, got "${text}"`);
}

function positive(text: string): number {
  if (Number(text) > 0) return Number(text);
  throw new InvalidArgumentError(`must be a number above 0, got "${text}"`);
}
