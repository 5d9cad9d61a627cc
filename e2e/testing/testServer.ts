// A real server for a test: `digits`, small local work, everything in a folder of its own that goes with the test.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  resolveRun,
  type GivenRun,
  type GivenStrategy,
  type RunConfig,
} from '../../shared/federation/config.ts';
import { findStrategy } from '../../shared/federation/strategies.ts';
import { keepNewest } from '../../server/data/keepNewest.ts';
import { createTaskOpener } from '../../server/data/openTask.ts';
import { startServer, type RunningServer, type ServerOptions } from '../../server/startServer.ts';
import { findTask } from '../../shared/tasks/tasks.ts';

export interface TestServer extends RunningServer {
  readonly runsDir: string;
}

/** The configuration of a run named `test`; ten local steps an assignment. */
export function testRun(strategy: string, overrides: GivenStrategy, run: Partial<GivenRun> = {}): RunConfig {
  return resolveRun({
    id: 'test',
    task: 'digits',
    seed: 7,
    strategy: findStrategy(strategy, overrides),
    subset: { kind: 'weakest' },
    localWork: { ...findTask('digits').localWork, epochs: 1, maxSteps: 10 },
    concurrency: 64,
    graceMs: 60_000,
    leaseMs: 600_000,
    ...run,
  });
}

/** What is generated is generated once for the tests that come one after the other. */
const openTask = keepNewest(createTaskOpener(''));

/** Starts a server on a free port of the loopback interface; `close` also removes its folder. */
export async function startTestServer(
  config: RunConfig,
  samplesPerShard = 1000,
  more: Partial<ServerOptions> = {},
): Promise<TestServer> {
  const runsDir = mkdtempSync(join(tmpdir(), 'minnow-e2e-'));
  const options = {
    runs: [config],
    runsDir,
    host: '127.0.0.1',
    numShards: 12,
    samplesPerShard,
    evaluateEveryMs: 1000,
    openTask,
    // Under a name plain http is no secure context.
    allowedHosts: ['minnow.test'],
    // Tests tell devices apart by them.
    allowsNames: true,
    ...more,
  };
  const server = await startServer(options);
  return {
    ...server,
    get runs() {
      return server.runs;
    },
    runsDir,
    async close() {
      await server.close();
      rmSync(runsDir, { recursive: true, force: true });
    },
  };
}
