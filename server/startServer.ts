// Puts a server together: runs, gateway, HTTP. The composition root for the command line and for tests.

import { numParameters } from '../shared/engine/model.ts';
import type { ServerStatus } from '../shared/contract/status.ts';
import type { Waiting } from '../shared/contract/waiting.ts';
import type { TaskDefinition } from '../shared/tasks/task.ts';
import { createGateway, type GatewayOptions } from './gateway/gateway.ts';
import { createSessionTokens, readSessionSecret } from './gateway/sessionToken.ts';
import { createAccess, type AccessOptions } from './http/access.ts';
import { addressesOf, type Addresses } from './http/addresses.ts';
import { onOwnBehalf } from './guard/containment.ts';
import { createFaultLog, type FaultLog } from './guard/faultLog.ts';
import { expectFreePort, listen } from './http/listen.ts';
import { createRoutes } from './http/routes.ts';
import { createWebServer, EVERYWHERE, type WebOptions } from './http/webServer.ts';
import { createLineUp } from './run/lineUp.ts';
import type { LiveRun } from './run/liveRun.ts';
import { createRunOpener, type OpenRunsOptions } from './run/openRuns.ts';
import { serverStatus } from './run/serverStatus.ts';
import { createSuccession } from './run/succession.ts';
import { makePrivateFolder } from './store/privateFiles.ts';

const FLOAT_BYTES = 4;

export interface ServerOptions
  extends
    OpenRunsOptions,
    WebOptions,
    AccessOptions,
    Partial<Pick<GatewayOptions, 'floodLimits' | 'doorLimits'>> {
  /** Devices that name no run are dealt to all of them alike; default: they join the first. */
  readonly isSideBySide?: boolean;
  /** Tasks that a run may be begun with from the dashboard; default: those of the runs. */
  readonly tasks?: readonly TaskDefinition[];
  /** Default 0: any free one. */
  readonly port?: number;
  /** Dashboards and `/api/status` call devices as they call themselves; default: by generated names. */
  readonly allowsNames?: boolean;
  /** Where faults are told that concern one request or connection alone; default: on the terminal. */
  readonly faults?: FaultLog;
}

export interface RunningServer extends Pick<Addresses, 'url' | 'joinUrl'> {
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

/**
 * Resolves when the server listens and all its runs are open. Throws RangeError or DataError for options that cannot
 * work, CheckpointError for a run's folder that cannot be gone on with.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { runsDir, host = EVERYWHERE, certificate, publicUrl, isSideBySide = false } = options;
  if (options.runs.length === 0) throw new RangeError('runs must hold at least one run, got none');
  await expectFreePort(host, options.port ?? 0);
  const tightened = makePrivateFolder(runsDir);
  if (tightened !== null) options.onNote?.(tightened);
  const secret = readSessionSecret(runsDir, options.onNote);
  const access = createAccess(secret, options);
  const faults = options.faults ?? createFaultLog();
  const open = createRunOpener(options);
  const runs = await open(options.runs, isSideBySide);
  try {
    const lineUp = createLineUp(isSideBySide ? [runs] : runs.map((run) => [run]));
    const tasks = options.tasks ?? uniqueTasks(runs);
    let addresses: Addresses | null = null;
    const { routes, ...dashboards } = createRoutes<LiveRun>({
      ...access,
      lineUp,
      tasks,
      joinUrls: () => addresses?.all ?? [],
      allowsNames: options.allowsNames ?? false,
      begin: (run, wanted) => onOwnBehalf(() => succession.begin(run, wanted)),
    });
    const { httpServer, guard } = createWebServer(options, routes, faults);
    const gateway = createGateway({
      httpServer,
      lineUp,
      tokens: createSessionTokens(secret),
      joinCode: access.joinCode,
      floodLimits: options.floodLimits,
      faults,
      doorLimits: options.doorLimits,
      trustedProxies: options.trustedProxies ?? 0,
      largestModelBytes: largestModelBytes([...tasks, ...uniqueTasks(runs)]),
    });
    const succession = createSuccession({
      lineUp,
      runsDir,
      open,
      onOpened: gateway.attach,
      onReplaced: dashboards.drop,
    });
    guard();
    const port = await listen(httpServer, host, options.port ?? 0);
    addresses = await addressesOf({ scheme: certificate ? 'https' : 'http', host, port, publicUrl });
    return {
      url: addresses.url,
      joinUrl: addresses.joinUrl,
      joinCode: access.joinCode.code,
      adminToken: access.guard.token,
      port,
      get runs() {
        return lineUp.runs;
      },
      status: () => serverStatus(lineUp),
      waitingOf: lineUp.waitingOf,
      async close() {
        dashboards.close();
        await gateway.close();
        await Promise.all([succession.settled(), ...lineUp.runs.map((run) => run.close())]);
      },
    };
  } catch (error) {
    for (const run of runs) await run.close();
    throw error;
  }
}

function uniqueTasks(runs: readonly LiveRun[]): TaskDefinition[] {
  return [...new Map(runs.map(({ task }) => [task.id, task])).values()];
}

function largestModelBytes(tasks: readonly TaskDefinition[]): number {
  return Math.max(...tasks.map(({ model }) => numParameters(model))) * FLOAT_BYTES;
}
