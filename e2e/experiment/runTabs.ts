// One run of a simulation's configuration in real tabs: a server, and throttled headless tabs by the world's classes as
// device profiles. Knows nothing of experiments.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunStatus } from '../../shared/contract/status.ts';
import type { OpenedTask, TaskOpener } from '../../server/data/openTask.ts';
import { parseDealing } from '../../shared/tasks/deal.ts';
import { runConfigOf, type SimulationConfig } from '../../shared/simulate/simulationConfig.ts';
import { startServer } from '../../server/startServer.ts';
import type { DeviceProfile } from '../fleet/deviceProfile.ts';
import { openFleet } from '../fleet/fleet.ts';
import { pause } from '../fleet/interruption.ts';
import { planTabs } from '../fleet/planTabs.ts';

export interface TabsMoment {
  /** Since the first update was accepted. */
  readonly seconds: number;
  readonly areAllOpen: boolean;
  readonly run: RunStatus;
}

export interface RunTabsOptions {
  readonly profiles: readonly DeviceProfile[];
  readonly dataDir: string;
  /** Opens the task for what is simulated beside. */
  readonly open?: TaskOpener;
  /** Where the task is a file's. */
  readonly ownTask?: OpenedTask | null;
  readonly signal: AbortSignal;
  /** Looked at four times a second from the first accepted update on; true ends the run. */
  readonly isDone: (moment: TabsMoment) => boolean;
}

const LOOK_EVERY_MS = 250;
const EVALUATE_EVERY_MS = 500;

/** The last moment. All tabs and the server have ended when it resolves. */
export async function runTabs(
  config: SimulationConfig,
  { profiles, dataDir, ownTask, signal, isDone }: RunTabsOptions,
): Promise<TabsMoment> {
  const runsDir = mkdtempSync(join(tmpdir(), 'minnow-experiment-'));
  const server = await startServer({
    runs: [{ ...runConfigOf(config, ownTask?.task), id: 'experiment' }],
    ...(ownTask && { openTask: () => Promise.resolve(ownTask) }),
    runsDir,
    host: '127.0.0.1',
    dataDir,
    dealing: parseDealing(config.deal),
    numShards: config.devices,
    samplesPerShard: config.samplesPerDevice,
    evaluateEveryMs: EVALUATE_EVERY_MS,
  });
  const closing = new AbortController();
  const plans = planTabs(profiles, config.devices);
  let areAllOpen = false;
  let failure: unknown;
  const opening = openFleet({
    server: server.url,
    run: '',
    plans,
    signal: AbortSignal.any([signal, closing.signal]),
  }).then(
    (fleet) => {
      areAllOpen = true;
      return fleet;
    },
    (error: unknown) => {
      failure = error;
      return null;
    },
  );
  try {
    let firstMs: number | null = null;
    for (;;) {
      await pause(LOOK_EVERY_MS, signal);
      if (failure !== undefined) throw failure;
      signal.throwIfAborted();
      const run = server.status().runs[0]!;
      if (run.accepted === 0) continue;
      firstMs ??= performance.now();
      const moment = { seconds: (performance.now() - firstMs) / 1000, areAllOpen, run };
      if (isDone(moment)) return moment;
    }
  } finally {
    closing.abort();
    await (await opening)?.close();
    await server.close();
    rmSync(runsDir, { recursive: true, force: true });
  }
}
