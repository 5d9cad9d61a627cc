// `npm run simulate`: a run with simulated devices in virtual time, from flags or a file, to a table and JSON.

import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SingleBar } from 'cli-progress';
import { Command, InvalidArgumentError } from 'commander';
import pc from 'picocolors';
import { parseByteSize } from '../../shared/parseByteSize.ts';
import { createTaskOpener, type TaskOpener } from '../data/openTask.ts';
import { expectOutputFile, expectOutputFolder } from './outputFile.ts';
import { addSettingFlags, settingsOfFlags, withStrategyFile } from '../settings/flags.ts';
import { LOCAL_WORK_SETTINGS } from '../../shared/settings/runSettings.ts';
import { schemaFieldsOf } from '../../shared/settings/setting.ts';
import { HOSTILE_KINDS } from '../../shared/simulate/hostile.ts';
import { measureOverhead } from '../simulate/measureOverhead.ts';
import { openSimulation, type OpenedSimulation } from '../simulate/openSimulation.ts';
import { createComputePool } from '../simulate/pool/computePool.ts';
import { formatProgressScore, printOverhead, printSimulation } from './printSimulation.ts';
import { simulate } from '../simulate/simulate.ts';
import type { SimulationProgress } from '../../shared/simulate/runSimulation.ts';
import type { SimulationConfig } from '../../shared/simulate/simulationConfig.ts';
import { findTask } from '../../shared/tasks/tasks.ts';
import { writeSimulationScalars } from '../tensorboard/runScalars.ts';
import { parseWorld } from '../../shared/simulate/world.ts';

const USAGE_ERROR = 2;
const INTERRUPTED = 130;
/** The result is there, and is not what was asked for. */
const ENDED_EARLY = 1;
/** One Ctrl-C arrives several times: from the terminal and from each process above. */
const SAME_SIGNAL_MS = 1000;
const DEFAULT_UPDATES = 2000;
const WORLD_FILE = fileURLToPath(new URL('../../experiments/world.json', import.meta.url));

/** Of a simulation alone; the rest are a run's settings. */
interface OwnFlags {
  readonly task?: string;
  readonly devices?: number;
  readonly target?: number;
  readonly samplesPerDevice?: number;
  readonly searchSeconds?: number;
  readonly stragglers?: object;
  readonly hostile?: object;
  readonly budgetBytes?: number;
  readonly budgetCapBytes?: number;
  readonly evaluateEverySeconds?: number;
  readonly relaxed?: true;
}
const OWN_FIELDS: readonly (keyof OwnFlags)[] = [
  'task',
  'devices',
  'target',
  'samplesPerDevice',
  'searchSeconds',
  'stragglers',
  'hostile',
  'budgetBytes',
  'budgetCapBytes',
  'evaluateEverySeconds',
  'relaxed',
];
const LOCAL_WORK_FIELDS: readonly string[] = Object.keys(schemaFieldsOf(LOCAL_WORK_SETTINGS));
/** What a simulation says where nobody does and a real run says otherwise. */
const USUAL_WORDS = { epochs: '2', deal: 'iid', concurrency: '100, or as many as a cohort has' };

interface Flags extends OwnFlags {
  readonly config?: string;
  readonly world?: string;
  readonly updates?: number;
  readonly virtualSeconds?: number;
  readonly untilTarget?: true;
  readonly dataDir?: string;
  readonly threads?: number;
  readonly json?: string;
  readonly tensorboard?: string;
  readonly measureOverhead?: true;
}

function number(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value)) return value;
  throw new InvalidArgumentError('It must be a number.');
}

function bytes(text: string): number {
  const value = parseByteSize(text);
  if (value >= 0) return value;
  throw new InvalidArgumentError('It must be an amount of memory like 512KiB.');
}

function stragglers(text: string): object {
  const [, share, factor, labels] = /^([\d.]+):([\d.]+)(:labels)?$/.exec(text) ?? [];
  if (share === undefined)
    throw new InvalidArgumentError('It must be SHARE:FACTOR or SHARE:FACTOR:labels, like 0.9:10.');
  return { share: Number(share), factor: Number(factor), tiedTo: labels ? 'labels' : 'nothing' };
}

function hostile(text: string): object {
  const [, share, kind, lies] = /^([\d.]+):([A-Za-z]+)(:lies)?$/.exec(text) ?? [];
  if (share === undefined)
    throw new InvalidArgumentError('It must be SHARE:KIND or SHARE:KIND:lies, like 0.2:signFlip:lies.');
  return { share: Number(share), kind, lies: lies !== undefined };
}

/** A flag is named like its field of the configuration. */
function createCommand(): Command {
  const command = new Command('npm run simulate --')
    .description('Trains with simulated devices in virtual time: the real coordinator, the real engine.')
    .option('--config <file>', 'the whole configuration as JSON; flags go before it')
    .option('--task <id|file>', 'what is trained: an id, or a task file, FILE.json (default: digits)')
    .option('--devices <N>', 'simulated devices (default: 500)', number)
    .option('--updates <N>', `end after so many accepted updates (default: ${DEFAULT_UPDATES})`, number)
    .option('--virtual-seconds <S>', 'end at this virtual time', number)
    .option('--until-target', 'end when three evaluations in a row have reached the target')
    .option('--target <score>', "target on validation data (default: the task's)", number);
  return addSettingFlags(command, 'simulate', USUAL_WORDS)
    .option('--samples-per-device <N>', 'samples of a device (default: 60)', number)
    .option('--search-seconds <S>', 'search a better scheme, which takes so long in virtual time', number)
    .option(
      '--stragglers <share:factor[:labels]>',
      'that part of the devices is so many times slower; with ":labels" those that hold certain classes',
      stragglers,
    )
    .option(
      '--hostile <share:kind[:lies]>',
      `that part of the devices sends what harms: ${HOSTILE_KINDS.join(' or ')}; with ":lies" in false headers, too`,
      hostile,
    )
    .option('--budget-bytes <bytes>', "memory of every device, like 512KiB (default: its class's)", bytes)
    .option('--budget-cap-bytes <bytes>', 'memory that no device goes beyond', bytes)
    .option('--world <file>', 'classes of devices and how they come and go (default: experiments/world.json)')
    .option('--evaluate-every-seconds <S>', 'virtual seconds between evaluations (default: 1)', number)
    .option('--relaxed', 'relaxed SIMD: faster; the last bits may differ from machine to machine')
    .option('--data-dir <folder>', 'folder of data files, for tasks that need them')
    .option('--threads <N>', 'threads that train (default: one for each core)', number)
    .option('--json <file>', 'write the result to this file')
    .option('--tensorboard <folder>', 'write an event file for TensorBoard, in a folder of this simulation')
    .option(
      '--measure-overhead',
      'afterwards simulate twice more, in turns with the same local steps by the engine alone, and compare',
    )
    .allowExcessArguments(false)
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : USAGE_ERROR));
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new TypeError(`${file} cannot be read as JSON: ${(error as Error).message}`, { cause: error });
  }
}

/** Flags, then the file, then the defaults of the command. Files are relative to the file that names them. */
async function openFlags(flags: Flags): Promise<OpenedSimulation & { readonly open: TaskOpener }> {
  const { config: file, world, updates, virtualSeconds, untilTarget } = flags;
  const read = file === undefined ? {} : readJson(file);
  if (typeof read !== 'object' || read === null || Array.isArray(read))
    throw new TypeError(`${file} must hold an object, got ${Array.isArray(read) ? 'a list' : typeof read}`);
  const folder = file === undefined ? '.' : dirname(file);
  const given: Partial<Record<keyof SimulationConfig, object>> = withStrategyFile(read, folder);
  const stop = { ...given.stop, ...defined({ updates, virtualSeconds, untilTarget }) };
  const worldFile = world ?? (given.world ? undefined : WORLD_FILE);
  const open = createTaskOpener(flags.dataDir ?? '', flags.task === undefined ? folder : '.');
  const { localWork, settings } = fieldsOfFlags(flags);
  const value = {
    task: 'digits',
    devices: 500,
    seed: 1,
    ...given,
    ...settings,
    localWork: { ...given.localWork, ...localWork },
    stop: Object.keys(stop).length > 0 ? stop : { updates: DEFAULT_UPDATES },
    world: worldFile === undefined ? given.world : parseWorld(readJson(worldFile)),
  };
  return { ...(await openSimulation(value, open)), open };
}

function isOfLocalWork([name]: readonly [string, unknown]): boolean {
  return LOCAL_WORK_FIELDS.includes(name);
}

/** What flags say of the configuration's fields. */
function fieldsOfFlags(flags: Flags): { readonly localWork: object; readonly settings: object } {
  const written = Object.entries(settingsOfFlags({ ...flags }));
  const own = Object.fromEntries(OWN_FIELDS.map((name) => [name, flags[name]]));
  return {
    localWork: Object.fromEntries(written.filter(isOfLocalWork)),
    settings: { ...defined(own), ...Object.fromEntries(written.filter((each) => !isOfLocalWork(each))) },
  };
}

function defined(fields: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** Aborts at the first signal; a second one, not the same come twice, ends at once. */
function abortOnSignal(): AbortSignal {
  const abort = new AbortController();
  let abortedMs = Infinity;
  const interrupt = (): void => {
    const sinceMs = performance.now() - abortedMs;
    if (sinceMs > SAME_SIGNAL_MS) process.exit(INTERRUPTED);
    if (sinceMs >= 0) return;
    abortedMs = performance.now();
    abort.abort();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, interrupt);
  return abort.signal;
}

function createBar({ stop: { updates, virtualSeconds } }: SimulationConfig) {
  const unit = updates === undefined ? 'virtual s' : 'updates';
  const total = updates ?? virtualSeconds ?? 0;
  const bar = new SingleBar({
    format: `  {bar} {value}${total > 0 ? '/{total}' : ''} ${unit}, version {version}, score {score}${updates === undefined ? '' : ', {virtual} virtual s'}{left}`,
    clearOnComplete: true,
    fps: 4,
    // Into a file or a pipe: a line now and then.
    noTTYOutput: true,
    notTTYSchedule: 5000,
  });
  const startedMs = performance.now();
  bar.start(total, 0, { version: 0, score: '-', virtual: 0, left: '' });
  return {
    show(progress: SimulationProgress): void {
      const done = updates === undefined ? progress.virtualSeconds : progress.updates;
      const leftSeconds = ((performance.now() - startedMs) / 1000) * (total / done - 1);
      bar.update(Math.min(Math.round(done), total || Infinity), {
        version: progress.versions,
        score: formatProgressScore(progress.score),
        virtual: progress.virtualSeconds.toFixed(0),
        left: total > 0 && done > 0 ? `, about ${formatSeconds(Math.max(0, leftSeconds))} left` : '',
      });
    },
    end: () => bar.stop(),
  };
}

function formatSeconds(seconds: number): string {
  if (seconds < 100) return `${Math.ceil(seconds)} s`;
  return seconds < 6000 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}

/** What the person can mend is told in one sentence; our own faults with their origin. */
function fail(error: unknown): never {
  const isOurs = !(error instanceof Error) || error.message.startsWith('internal');
  console.error(isOurs ? error : `${pc.red('The simulation cannot run:')} ${error.message}`);
  const isAskedWrongly = error instanceof TypeError || error instanceof RangeError;
  process.exit(isAskedWrongly && !isOurs ? USAGE_ERROR : 1);
}

async function main(): Promise<void> {
  const flags = createCommand().parse().opts<Flags>();
  expectOutputFile('--json', flags.json);
  if (flags.tensorboard !== undefined) expectOutputFolder('--tensorboard', flags.tensorboard);
  const { config, ownTask, open } = await openFlags(flags);
  for (const note of ownTask?.notes ?? []) console.log(note);
  const pool = createComputePool(flags.threads);
  const signal = abortOnSignal();
  const options = { dataDir: flags.dataDir ?? '', open, pool, signal };
  const bar = createBar(config);
  const result = await simulate(config, { ...options, onProgress: bar.show }).finally(bar.end);
  console.log(printSimulation(result));
  if (flags.json !== undefined) writeFileSync(flags.json, `${JSON.stringify(result, null, 2)}\n`);
  if (flags.tensorboard !== undefined) {
    const metric = (ownTask?.task ?? findTask(config.task)).metric;
    const { task, strategy, subset, seed } = result;
    const name = [task, strategy, subset, `seed${seed}`].join('-');
    writeSimulationScalars(join(flags.tensorboard, name), metric, result);
  }
  if (flags.measureOverhead && !result.partial && result.cause === null) {
    const overhead = await measureOverhead(config, options);
    console.log(`\n${printOverhead(overhead, result.wallSeconds)}`);
  }
  await pool.close();
  if (result.partial) process.exit(INTERRUPTED);
  process.exit(result.cause === null ? 0 : ENDED_EARLY);
}

await main().catch(fail);
