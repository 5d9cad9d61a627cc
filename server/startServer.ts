// Puts a server together: tasks and data, runs, gateway, HTTP. The composition root for the command line and for tests.

import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo, Server as NetServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { numParameters } from '../shared/engine/model.ts';
import type { ServerStatus } from '../shared/contract/status.ts';
import type { Waiting } from '../shared/contract/waiting.ts';
import type { DealingPlan, TaskDefinition } from '../shared/tasks/task.ts';
import { dealShards } from '../shared/tasks/deal.ts';
import { openTask, type OpenedTask } from './data/openTask.ts';
import type { RunConfig } from '../shared/federation/config.ts';
import { USUAL_PROBES } from '../shared/settings/forms.ts';
import { createAdminRoutes } from './http/admin/adminRoutes.ts';
import { createAdminGuard } from './http/admin/adminToken.ts';
import { createDashboard } from './http/dashboard/dashboardRoutes.ts';
import { namesOf, type Certificate } from './http/certificate/certificate.ts';
import type { DoorLimits } from './gateway/door.ts';
import { createGateway } from './gateway/gateway.ts';
import { onOwnBehalf } from './http/guard/containment.ts';
import { numConnectionsFor } from './http/guard/descriptors.ts';
import { createFaultLog, type FaultLog } from './http/guard/faultLog.ts';
import { guardServer, SERVER_OPTIONS } from './http/guard/guardServer.ts';
import { createHostRules } from './http/guard/hostRules.ts';
import { createSharedAnswer } from './http/sharedAnswer.ts';
import { JSON_TYPE } from './http/httpAnswers.ts';
import { createHttpHandler } from './http/httpHandler.ts';
import { createHttpsServer } from './http/certificate/httpsServer.ts';
import { externalAddresses, findLanAddress } from './http/lanAddress.ts';
import { codeOf, createJoinCode } from './http/joinCode.ts';
import { createLineUp } from './run/lineUp.ts';
import { openLiveRun, type LiveRun } from './run/liveRun.ts';
import type { LiveRunOptions } from './run/liveRunOptions.ts';
import type { RunLimits } from './run/runEnding.ts';
import { createModelRoute } from './http/modelRoute.ts';
import { withoutNames } from './http/publicStatus.ts';
import { peerAddress } from './http/guard/peerAddress.ts';
import { createSessionTokens, readSessionSecret } from './gateway/sessionToken.ts';
import type { FloodLimits } from './http/guard/tokenBucket.ts';
import { nextRuns, type NextRuns } from './run/nextRuns.ts';
import { newRunId } from './run/newRunId.ts';
import { takePublicSet, type PublicSet } from '../shared/selection/publicSet.ts';
import { createSchemeFinder } from './search/schemeFinder.ts';
import { createProbePlanner } from '../shared/selection/createProbePlanner.ts';
import { createSelector } from '../shared/selection/createSelector.ts';
import { makePrivateFolder } from './store/privateFiles.ts';
import { claimFolder, runFolder, type RunManifest } from './store/runManifest.ts';

const FLOAT_BYTES = 4;

export interface ServerOptions extends Partial<DealingPlan> {
  /** At least one; the first is what a device joins that names none. A run already in `runsDir` goes on. */
  readonly runs: readonly RunConfig[];
  /** Devices that name no run are dealt to all of them alike; default: they join the first. */
  readonly isSideBySide?: boolean;
  /** Tasks that a run may be begun with from the dashboard; default: those of the runs. */
  readonly tasks?: readonly TaskDefinition[];
  /** Where runs and the secret of sessions are kept. */
  readonly runsDir: string;
  /** Address to listen on; default: all. */
  readonly host?: string;
  /** Default 0: any free one. */
  readonly port?: number;
  /** Serves https with it; default: plain http. */
  readonly certificate?: Certificate;
  /** Address under which others reach this server, through a tunnel or a proxy, a path included, without the slash at its end; default: on the network. */
  readonly publicUrl?: string;
  /** What devices show to join, and pages to see a sample; default: nothing. '' : one that follows from the runs folder. */
  readonly joinCode?: string;
  /** More names that lead here; pages of these hosts may ask this server. */
  readonly allowedHosts?: readonly string[];
  /** Folder of data files for tasks that need them. */
  readonly dataDir?: string;
  readonly limits?: Partial<RunLimits>;
  readonly evaluateEveryMs?: number;
  readonly checkpointEverySteps?: number;
  /** Journal bytes after which a checkpoint is due; default: 64 MiB. */
  readonly checkpointEveryBytes?: number;
  /** Runs that are kept go on without what of their folders is damaged or missing. */
  readonly acceptsLoss?: boolean;
  readonly floodLimits?: FloodLimits;
  /** Default: what the process may open, less what it keeps for itself. */
  readonly maxConnections?: number;
  /** How long a request may take to arrive. */
  readonly arrival?: Partial<typeof SERVER_OPTIONS>;
  /** What connections may cost before they join; default: `USUAL_DOOR_LIMITS`. */
  readonly doorLimits?: Partial<DoorLimits>;
  /** Proxies in front of this server that are trusted to say whom they were asked by; default: 0, none. */
  readonly trustedProxies?: number;
  /** Folder of the built pages; default: the repository's `dist`. */
  readonly pagesFolder?: string;
  /** Dashboards and `/api/status` call devices as they call themselves; default: by generated names. */
  readonly allowsNames?: boolean;
  /** Tasks and their data by id; default: those known by name. */
  readonly openTask?: (id: string, seed: number) => Promise<OpenedTask>;
  /** The task file behind `openTask`, kept in the manifest of each run. */
  readonly taskFile?: RunManifest['taskFile'];
  /** Where faults are told that concern one request or connection alone; default: on the terminal. */
  readonly faults?: FaultLog;
  /** Told what whoever starts the server should know of the folders, a sentence each. */
  readonly onNote?: (note: string) => void;
  /** A fault that nothing can go on from; default: it is thrown, which ends the process. */
  readonly onFailure?: (error: Error) => void;
}

export interface RunningServer {
  /** For this machine. */
  readonly url: string;
  /** For others: the public address, else that on the network. */
  readonly joinUrl: string;
  /** '' where none is needed. */
  readonly joinCode: string;
  /** Who shows it may steer: `DASHBOARD#token=...`. */
  readonly adminToken: string;
  readonly port: number;
  /** Those that are open now; at first in the order of the options. */
  readonly runs: readonly LiveRun[];
  status(): ServerStatus;
  /** What one of the runs waits for; null: it goes on by itself, or has ended. */
  waitingOf(run: LiveRun): Waiting | null;
  /** Disconnects the devices, writes each run's final files and a checkpoint, and frees the port. */
  close(): Promise<void>;
}

const DEFAULT_FLOOD_LIMITS: FloodLimits = { perSecond: 100, burst: 200, patience: 20 };
const PAGES_FOLDER = fileURLToPath(new URL('../dist', import.meta.url));

/**
 * Resolves when the server listens and all its runs are open. Throws RangeError or DataError for options that cannot
 * work, CheckpointError for a run's folder that cannot be gone on with.
 */
export async function startServer(given: ServerOptions): Promise<RunningServer> {
  const options = { ...given, openTask: openOnce(given) };
  if (options.runs.length === 0) throw new RangeError('runs must hold at least one run, got none');
  const host = options.host ?? '0.0.0.0';
  await expectFreePort(host, options.port ?? 0);
  const tightened = makePrivateFolder(options.runsDir);
  if (tightened !== null) options.onNote?.(tightened);
  const secret = readSessionSecret(options.runsDir, options.onNote);
  const tokens = createSessionTokens(secret);
  const trustedProxies = options.trustedProxies ?? 0;
  const addressOf = (request: IncomingMessage): string => peerAddress(request, trustedProxies);
  const guard = createAdminGuard(secret, addressOf);
  const joinCode = createJoinCode(options.joinCode === '' ? codeOf(secret) : (options.joinCode ?? ''));
  const faults = options.faults ?? createFaultLog();
  const runs: LiveRun[] = [];
  try {
    const beside = options.isSideBySide ? options.runs.map(({ id }) => id) : [];
    for (const config of options.runs) runs.push(await openRun(config, beside, options));
    const lineUp = createLineUp(options.isSideBySide ? [runs] : runs.map((run) => [run]));
    const status = (): ServerStatus => ({
      runs: lineUp.runs.map((run) => ({ ...run.status(), waiting: lineUp.waitingOf(run) })),
    });
    const tasks = options.tasks ?? uniqueTasks(runs);
    const allowsNames = options.allowsNames ?? false;
    let joinUrls: readonly string[] = [];
    const dashboard = createDashboard({
      lineUp,
      joinUrls: () => joinUrls,
      allowsNames,
      guard,
      joinCode,
      addressOf,
    });
    const fullStatus = createSharedAnswer(JSON_TYPE, () => JSON.stringify(status()));
    const publicStatus = allowsNames
      ? fullStatus
      : createSharedAnswer(JSON_TYPE, () => JSON.stringify(withoutNames(status())));
    const handler = createHttpHandler({
      pagesFolder: options.pagesFolder ?? PAGES_FOLDER,
      routes: {
        ...dashboard.routes,
        ...createAdminRoutes({
          joinCode: joinCode.code,
          guard,
          lineUp,
          tasks,
          begin: (run, wanted) => onOwnBehalf(() => begin(run, wanted)),
        }),
        '/api/model': createModelRoute(lineUp),
        '/api/status'(request, response) {
          if (request.headers.authorization === undefined) return publicStatus(request, response);
          guard.expect(request, response, () => fullStatus(request, response));
        },
      },
    });
    const { certificate, publicUrl } = options;
    const arrival = { ...SERVER_OPTIONS, ...options.arrival };
    const httpServer = certificate
      ? createHttpsServer(certificate, handler, arrival)
      : createServer(arrival, handler);
    const gateway = createGateway({
      httpServer,
      lineUp,
      tokens,
      joinCode,
      floodLimits: options.floodLimits ?? DEFAULT_FLOOD_LIMITS,
      faults,
      doorLimits: options.doorLimits,
      trustedProxies,
      largestModelBytes: Math.max(
        ...[...tasks, ...runs.map(({ task }) => task)].map(({ model }) => numParameters(model) * FLOAT_BYTES),
      ),
    });
    guardServer(httpServer, {
      hosts: createHostRules({
        allowed: options.allowedHosts ?? [],
        publicUrl,
        own: [host, ...(certificate ? namesOf(certificate) : [])],
      }),
      faults,
      maxConnections: options.maxConnections ?? numConnectionsFor(),
      sharesConnections: trustedProxies === 0,
    });
    const port = await listen(httpServer, host, options.port ?? 0);
    const { url, lanUrl, otherUrls } = await addressesOf(certificate ? 'https' : 'http', host, port);
    // A path is a folder's: pages are found beside it without the slash.
    const hasPath = publicUrl !== undefined && new URL(publicUrl).pathname !== '/';
    const joinUrl = hasPath ? `${publicUrl}/` : (publicUrl ?? lanUrl);
    joinUrls = [...new Set([joinUrl, lanUrl, ...otherUrls, url])];
    const adminToken = guard.token;

    /** Old runs are closed while the new ones are at work. */
    const closing = new Set<Promise<void>>();
    let isBeginning = false;

    async function begin(run: LiveRun, wanted: NextRuns): Promise<void> {
      if (isBeginning) throw new Error('another run is being opened already');
      isBeginning = true;
      try {
        const group = lineUp.groupOf(run).map(({ config }) => config);
        const taken = new Set<string>();
        const idFor = (task: string, strategy: string): string => {
          const id = newRunId(options.runsDir, task, strategy, taken);
          taken.add(id);
          return id;
        };
        const next = await openGroup(nextRuns(group, wanted, idFor), options);
        for (const each of next) gateway.attach(each);
        for (const old of lineUp.replace(run, next)) {
          old.end('moved');
          dashboard.drop(old);
          const closed: Promise<void> = old.close().finally(() => closing.delete(closed));
          closing.add(closed);
        }
      } finally {
        isBeginning = false;
      }
    }

    return {
      url,
      joinUrl,
      joinCode: joinCode.code,
      adminToken,
      port,
      get runs() {
        return lineUp.runs;
      },
      status,
      waitingOf: lineUp.waitingOf,
      async close() {
        dashboard.close();
        await gateway.close();
        await Promise.all([...closing, ...lineUp.runs.map((run) => run.close())]);
      },
    };
  } catch (error) {
    for (const run of runs) await run.close();
    throw error;
  }
}

/** Runs side by side, and one that is begun anew, share the data of their task. */
function openOnce(options: ServerOptions): NonNullable<ServerOptions['openTask']> {
  const open = options.openTask ?? ((id, seed) => openTask(id, { dataDir: options.dataDir ?? '', seed }));
  let newest: { readonly key: string; readonly opened: Promise<OpenedTask> } | null = null;
  return async (id, seed) => {
    const key = `${id} ${seed}`;
    if (newest?.key !== key) newest = { key, opened: open(id, seed) };
    const { opened } = newest;
    try {
      return await opened;
    } catch (error) {
      newest = null;
      throw error;
    }
  };
}

/** All of them or none. */
async function openGroup(configs: readonly RunConfig[], options: ServerOptions): Promise<LiveRun[]> {
  const beside = configs.length > 1 ? configs.map(({ id }) => id) : [];
  const runs: LiveRun[] = [];
  try {
    for (const config of configs) runs.push(await openRun(config, beside, options));
    return runs;
  } catch (error) {
    for (const run of runs) await run.close();
    throw error;
  }
}

/** `beside`: the ids of all runs side by side with this one, itself included; empty: it is alone. */
async function openRun(
  wanted: RunConfig,
  beside: readonly string[],
  options: ServerOptions,
): Promise<LiveRun> {
  const folder = runFolder(options.runsDir, wanted.id);
  const { task, data } = await options.openTask!(wanted.task, wanted.seed);
  const publicSet = takePublicSet(data.train, wanted.seed);
  const config = withContributions(wanted, publicSet !== null);
  // How to deal was said of the task that the server began with.
  const given: Partial<DealingPlan> = config.task === options.runs[0]!.task ? options : {};
  const plan: DealingPlan = {
    dealing: given.dealing ?? task.dealing.dealing,
    numShards: given.numShards ?? task.dealing.numShards,
    samplesPerShard: given.samplesPerShard ?? task.dealing.samplesPerShard,
  };
  const shards = dealShards(data.train, plan.dealing, plan.numShards, plan.samplesPerShard, config.seed);
  const isOfFile = config.task === options.runs[0]!.task;
  const taskFile = isOfFile ? options.taskFile : undefined;
  const notes = claimFolder(folder, {
    config,
    data: plan,
    ...(taskFile && { taskFile }),
    ...(beside.length > 0 && { beside }),
  });
  for (const note of notes) options.onNote?.(note);
  const run = await openLiveRun({
    config,
    folder,
    task,
    test: data.test,
    shards,
    selectScheme: createSelector(task.model, { batch: config.localWork.batch }),
    ...searchOf(config, task, publicSet),
    evaluateEveryMs: options.evaluateEveryMs ?? 2000,
    checkpointEverySteps: options.checkpointEverySteps ?? 50,
    checkpointEveryBytes: options.checkpointEveryBytes,
    acceptsLoss: options.acceptsLoss,
    limits: { targetScore: 0, maxVersions: 0, ...options.limits },
    onFailure: options.onFailure ?? throwLater,
  });
  for (const note of run.notes) options.onNote?.(note);
  return run;
}

/** Where nothing is said, contributions are measured by the server, or by the devices where it has too few samples. */
function withContributions(config: RunConfig, hasPublicSet: boolean): RunConfig {
  if (config.contributions.kind === 'publicSet' && !hasPublicSet)
    throw new RangeError(
      `contributions must be probes: the server has too few samples of task "${config.task}" for a public set`,
    );
  return config.contributions.kind !== 'usual' || hasPublicSet
    ? config
    : { ...config, contributions: USUAL_PROBES };
}

/** Idle where everything is trained. */
function searchOf(
  { seed, contributions, localWork: { batch, learningRate } }: RunConfig,
  { model, scale, offset }: TaskDefinition,
  publicSet: PublicSet | null,
): Pick<LiveRunOptions, 'schemeFinder' | 'probePlanner'> {
  const setup = { model, batch, learningRate, seed, staging: { scale, offset } };
  if (contributions.kind !== 'probes')
    return { schemeFinder: createSchemeFinder({ setup: { ...setup, publicSet } }) };
  return {
    schemeFinder: createSchemeFinder({ setup: { ...setup, publicSet: null } }),
    probePlanner: createProbePlanner(model, batch),
  };
}

function listen(httpServer: NetServer, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    httpServer.once('error', reject);
    httpServer.listen(port, host, () => resolve((httpServer.address() as AddressInfo).port));
  });
}

/** Told before any run is opened: a server that cannot listen leaves none behind. */
async function expectFreePort(host: string, port: number): Promise<void> {
  const probe = createServer();
  await listen(probe, host, port);
  await new Promise((resolve) => probe.close(resolve));
}

async function addressesOf(
  scheme: 'http' | 'https',
  host: string,
  port: number,
): Promise<{ url: string; lanUrl: string; otherUrls: string[] }> {
  const isEverywhere = host === '0.0.0.0' || host === '::';
  const urlOf = (address: string): string =>
    `${scheme}://${address.includes(':') ? `[${address}]` : address}:${port}`;
  return {
    url: urlOf(isEverywhere ? '127.0.0.1' : host),
    lanUrl: urlOf(isEverywhere ? await findLanAddress() : host),
    otherUrls: isEverywhere ? externalAddresses().map(urlOf) : [],
  };
}

function uniqueTasks(runs: readonly LiveRun[]): TaskDefinition[] {
  return [...new Map(runs.map(({ task }) => [task.id, task])).values()];
}

function throwLater(error: Error): void {
  setImmediate(() => {
    throw error;
  });
}
