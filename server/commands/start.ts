// `npm start`: the command line of the server. Parses flags, starts, tells where to join, ends on Ctrl-C.

import { Command, InvalidArgumentError } from 'commander';
import pc from 'picocolors';
import { renderUnicodeCompact } from 'uqr';
import type { TaskDefinition } from '../../shared/tasks/task.ts';
import { joinAddress } from '../../shared/joinAddress.ts';
import { TASKS } from '../../shared/tasks/tasks.ts';
import { openTask } from '../data/openTask.ts';
import { isTaskFile, openOwnTask } from '../data/ownTask/openOwnTask.ts';
import { MOST_RUNS } from '../http/admin/steerCommand.ts';
import { readCertificate, type Certificate } from '../http/certificate/certificate.ts';
import type { RunConfig } from '../../shared/federation/config.ts';
import { outliveConnections } from '../http/guard/containment.ts';
import { createFaultLog } from '../http/guard/faultLog.ts';
import { externalAddresses } from '../http/lanAddress.ts';
import type { LiveRun } from '../run/liveRun.ts';
import { openOwnCertificate } from '../http/certificate/ownCertificate.ts';
import { newestRun } from '../run/newestRun.ts';
import { newRunId } from '../run/newRunId.ts';
import { comparedRuns } from '../run/nextRuns.ts';
import { flagsToRun, type RunFlags } from '../../shared/settings/runSetup.ts';
import { addSettingFlags, parseStrategy, settingsOfFlags, type SettingFlags } from '../settings/flags.ts';
import { nameOfChoice, type StrategyChoice } from '../../shared/settings/strategyChoice.ts';
import { startServer, type RunningServer } from '../startServer.ts';
import { showSearch } from './searchLine.ts';
import { diskFaultOf } from '../store/diskFault.ts';
import { readManifest, runFolder, type RunManifest } from '../store/runManifest.ts';
import { showWaiting } from './waitingLine.ts';

const TASK_IDS: readonly string[] = TASKS.map(({ id }) => id);
const USAGE_ERROR = 2;
const INTERRUPTED = 130;
/** One Ctrl-C arrives several times: from the terminal and from each process above. */
const SAME_SIGNAL_MS = 1000;

/** Seconds: long enough for a lesson to see what happens, short enough to wait for. */
const DEFAULT_TEMPO = 2;

interface Flags extends SettingFlags {
  readonly task?: string;
  readonly dataDir?: string;
  readonly port: number;
  readonly host: string;
  readonly https?: boolean;
  readonly cert?: string;
  readonly key?: string;
  readonly publicUrl?: string;
  readonly trustProxy?: number | true;
  readonly allowHost?: readonly string[];
  readonly joinCode?: string | true;
  readonly runsDir: string;
  readonly run?: string;
  readonly resume?: boolean;
  readonly acceptLoss?: boolean;
  readonly names?: boolean;
  readonly compare?: readonly StrategyChoice[];
}

function createCommand(): Command {
  const command = new Command('npm start --')
    .description('Starts the server: devices join in a browser at the address that it prints.')
    .option(
      '--task <id or FILE.json>',
      `what is trained: ${TASK_IDS.join(', ')}, or a task of your own (default: digits)`,
      parseTask,
    )
    .option(
      '--data-dir <folder>',
      'folder of data files, for tasks that need them; a task of your own may name files in it',
    )
    .option(
      '--compare <strategies>',
      'strategies whose runs go side by side on one fleet, like fedavg,ftte: every device is dealt to one of them',
      parseCompared,
    );
  return addSettingFlags(command, 'start', { tempo: String(DEFAULT_TEMPO) })
    .option('--port <port>', 'port to listen on, 0 for any free one', parsePort, 3000)
    .option(
      '--host <address>',
      'address to listen on; default: all, and the default route is what is shown',
      '0.0.0.0',
    )
    .option(
      '--https',
      'serve https, with a certificate of its own, kept in the runs folder, unless one is given',
    )
    .option('--cert <file>', 'certificate for https, in PEM; with --key')
    .option('--key <file>', 'its private key, in PEM')
    .option(
      '--public-url <url>',
      'address of a tunnel or a proxy to this server, a path included: what is shown to join at',
      parsePublicUrl,
    )
    .option(
      '--join-code [code]',
      'joining, and seeing a sample, take this code, which the QR code holds (default: none; without a value: one that stays with the runs folder)',
      parseCode,
    )
    .option(
      '--allow-host <name...>',
      'more names that lead here; pages of these hosts may ask this server (addresses and the name of this machine always do)',
      parseHosts,
    )
    .option(
      '--trust-proxy [N]',
      'this server is reached through N proxies (default 1), which say by X-Forwarded-For whom they were asked by',
      parseCount,
    )
    .option('--runs-dir <folder>', 'where runs are kept', 'runs')
    .option('--run <id>', 'name of the run; one that is kept already goes on (default: from task and time)')
    .option('--resume', 'go on with --run, or with the newest run, and fail if there is none')
    .option(
      '--accept-loss',
      'with --resume: go on without what of the run is damaged or missing; says what is lost',
    )
    .option('--names', 'dashboards call devices as they call themselves (default: by generated names)')
    .allowExcessArguments(false)
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : USAGE_ERROR));
}

function parseTask(text: string): string {
  if (isTaskFile(text) || TASK_IDS.includes(text)) return text;
  throw new InvalidArgumentError(`It must be one of ${TASK_IDS.join(', ')}, or the name of a FILE.json.`);
}

function parseCompared(text: string): readonly StrategyChoice[] {
  const names = text.split(',');
  if (names.length < 2 || names.length > MOST_RUNS || new Set(names).size < names.length)
    throw new InvalidArgumentError(`It must be 2 to ${MOST_RUNS} strategies, with commas.`);
  return names.map(parseStrategy);
}

function parseCount(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new InvalidArgumentError('It must be an integer >= 1.');
}

function parsePort(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value <= 65535) return value;
  throw new InvalidArgumentError('It must be an integer from 0 to 65535.');
}

/** Without the slash at its end. */
function parsePublicUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url && /^https?:$/.test(url.protocol) && url.search === '' && url.hash === '' && url.username === '')
    return url.href.replace(/\/$/, '');
  throw new InvalidArgumentError('It must be an http or https address, such as https://class.example.org/.');
}

function parseCode(text: string): string {
  if (/^[\w-]{6,64}$/.test(text)) return text;
  throw new InvalidArgumentError('It must be 6 to 64 letters, digits, - or _.');
}

function parseHosts(text: string, before: readonly string[] = []): readonly string[] {
  const url = URL.canParse(`http://${text}`) ? new URL(`http://${text}`) : null;
  if (url && url.hostname === url.host && url.href === `http://${url.host}/`)
    return [...before, url.hostname];
  throw new InvalidArgumentError('It must be a name or an address alone, such as minnow.school.example.');
}

/** None without a flag that asks for https. */
async function chooseCertificate(flags: Flags): Promise<Certificate | undefined> {
  const { https, cert, key, runsDir, host } = flags;
  if (cert !== undefined && key !== undefined) return readCertificate(cert, key);
  if (cert !== undefined) throw new RangeError('--cert needs --key, the file of its private key');
  if (key !== undefined) throw new RangeError('--key needs --cert, the file of its certificate');
  if (!https) return undefined;
  const isEverywhere = host === '0.0.0.0' || host === '::';
  const hosts = ['localhost', '127.0.0.1', '::1', ...(isEverywhere ? [] : [host]), ...externalAddresses()];
  return openOwnCertificate({ runsDir, hosts });
}

function chooseRun({ run, resume, runsDir, strategy }: Flags, task: string): string {
  if (resume) {
    const id = run ?? newestRun(runsDir);
    if (id !== undefined && readManifest(runFolder(runsDir, id)) !== null) return id;
    throw new RangeError(`--resume: there is no run ${run === undefined ? '' : `"${run}" `}in ${runsDir}`);
  }
  return run ?? newRunId(runsDir, task, nameOfChoice(strategy ?? 'ftte'));
}

/** The run, those that went side by side with it when it was kept, or those to compare. */
function runsOf(
  { compare, runsDir }: Flags,
  flags: RunFlags,
  config: RunConfig,
  kept: RunManifest | null,
  ownTask: TaskDefinition | undefined,
): readonly RunConfig[] {
  if (compare) {
    const idOf = (strategy: string) => newRunId(runsDir, config.task, strategy);
    return comparedRuns(compare, idOf, { ...flags, task: config.task }, ownTask);
  }
  return (kept?.beside ?? [config.id]).map((id) =>
    id === config.id ? config : flagsToRun(id, flags, readManifest(runFolder(runsDir, id)), ownTask).config,
  );
}

function announce({ url, joinUrl, joinCode, adminToken, runs }: RunningServer): void {
  const [{ task }] = runs as [LiveRun];
  const forPhones = joinAddress(joinUrl, joinCode);
  const query = joinCode === '' ? '' : `?code=${joinCode}`;
  console.log(`${pc.bold('Join here')}      ${pc.cyan(joinAddress(url, joinCode))}`);
  console.log(`${pc.bold('From a phone')}   ${pc.cyan(forPhones)}`);
  console.log(renderUnicodeCompact(forPhones));
  console.log(`${pc.bold('Dashboard')}      ${pc.cyan(`${joinUrl.replace(/\/$/, '')}/dashboard${query}`)}`);
  console.log(`${pc.bold('To steer')}       ${pc.cyan(`${url}/dashboard#token=${adminToken}`)}`);
  if (runs.length > 1) console.log(`${runs.length} runs side by side: each device is dealt to one of them.`);
  for (const { config, folder, version } of runs) {
    console.log(`${task.title}, ${config.strategy.name}, subset ${config.subset.kind}, seed ${config.seed}`);
    console.log(`Kept in ${folder}${version > 0 ? `, going on from version ${version}` : ''}.`);
  }
  console.log('Ctrl-C ends.');
}

function endOnSignal(server: RunningServer): void {
  let endingSinceMs = Infinity;
  const end = async (): Promise<void> => {
    const sinceMs = performance.now() - endingSinceMs;
    if (sinceMs > SAME_SIGNAL_MS) process.exit(INTERRUPTED);
    if (sinceMs >= 0) return;
    endingSinceMs = performance.now();
    console.log('\nEnding: the last version is evaluated and kept. Ctrl-C again ends at once.');
    await server.close();
    process.exit(0);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => void end().catch(fail));
}

/** What the person can mend is told in one sentence; our own faults with their origin. */
function fail(error: unknown): never {
  const fault = diskFaultOf(error);
  if (fault !== null) {
    const { path = '' } = error as NodeJS.ErrnoException;
    console.error(`${pc.red('The server cannot run:')} ${path}: ${fault.cause}; ${fault.remedy}`);
    process.exit(1);
  }
  const isOurs =
    !(error instanceof Error) || error instanceof TypeError || error.message.startsWith('internal');
  console.error(isOurs ? error : `${pc.red('The server cannot run:')} ${error.message}`);
  process.exit(1);
}

async function main(): Promise<void> {
  const given = createCommand().parse().opts<Flags>() as Flags & Record<string, unknown>;
  const file = given.task !== undefined && isTaskFile(given.task) ? given.task : undefined;
  const asked = file === undefined ? null : await openOwnTask(file, given.dataDir);
  if (given.compare && (given.strategy !== undefined || given.run !== undefined || given.resume))
    throw new RangeError(
      '--compare begins runs anew and names strategies: not with --strategy, --run or --resume',
    );
  if (given.acceptLoss && !given.resume)
    throw new RangeError('--accept-loss goes with --resume: it gives up what of a kept run is damaged');
  const id = chooseRun(given, asked?.task.id ?? given.task ?? 'digits');
  const kept = readManifest(runFolder(given.runsDir, id));
  // A run that is kept goes on as it began.
  const usual = kept ? {} : { tempo: DEFAULT_TEMPO };
  const settings = { ...usual, ...settingsOfFlags(given), task: given.task };
  const goesOn = given.task === undefined && kept?.taskFile !== undefined;
  const own = goesOn ? await openOwnTask(kept.taskFile.path, given.dataDir) : asked;
  const { config, data } = flagsToRun(id, settings, kept, own?.task);
  const runs = runsOf(given, settings, config, kept, own?.task);
  for (const note of own?.notes ?? []) console.log(note);
  const certificate = await chooseCertificate(given);
  const faults = createFaultLog();
  const server = await startServer({
    runs,
    isSideBySide: runs.length > 1,
    tasks: own ? [own.task, ...TASKS] : TASKS,
    runsDir: given.runsDir,
    host: given.host,
    port: given.port,
    ...(certificate && { certificate }),
    ...(given.publicUrl !== undefined && { publicUrl: given.publicUrl }),
    allowedHosts: given.allowHost ?? [],
    ...(given.joinCode !== undefined && { joinCode: given.joinCode === true ? '' : given.joinCode }),
    faults,
    trustedProxies: Number(given.trustProxy ?? 0),
    dataDir: given.dataDir ?? '',
    allowsNames: given.names ?? false,
    ...data,
    ...(own && {
      openTask: (task, seed) =>
        task === own.task.id ? Promise.resolve(own) : openTask(task, { dataDir: given.dataDir ?? '', seed }),
      taskFile: own.file,
    }),
    acceptsLoss: given.acceptLoss ?? false,
    onNote: (note) => console.log(note),
    onFailure: fail,
  });
  outliveConnections(faults, fail);
  endOnSignal(server);
  announce(server);
  showSearch(server.runs[0]!);
  // A run that is begun anew takes the place of the first.
  showWaiting(() => server.waitingOf(server.runs[0]!));
  if (given.https && given.cert === undefined)
    console.log('The certificate is of its own making: each browser warns once, and goes on when told to.');
}

await main().catch(fail);
