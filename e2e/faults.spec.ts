// Tabs that die, lose their network or get a new server behind the same address: nothing acknowledged is lost.

import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { programArguments } from '../scripts/programs.mjs';
import { launchChromium } from './chromium.ts';
import type { Browser } from 'playwright';
import { openCuttableLine } from './testing/cuttableLine.ts';
import { deviceNamed, untilStatus } from './testing/statusOf.ts';
import { deviceStateOf, openTab } from './testing/tabs.ts';
import { startTestServer, testRun } from './testing/testServer.ts';

const SERVER_FILE = fileURLToPath(new URL('../server/commands/start.ts', import.meta.url));
const everyUpdateSteps = { trigger: { kind: 'buffer', size: 1, deadlineMs: 0 } } as const;

describe('faults', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  it('a tab killed in mid-training costs nothing but its assignment', async () => {
    const server = await startTestServer(testRun('ftte', everyUpdateSteps, { graceMs: 300 }));
    try {
      const victim = await openTab(browser, server.url, { name: 'victim', flops: 5e7 });
      const witness = await openTab(browser, server.url, { name: 'witness', flops: 4e9 });
      await untilStatus(
        server.url,
        ({ devices }) => devices.length === 2 && devices.every((d) => d.training),
      );
      await victim.context().close();
      const freed = await untilStatus(server.url, (run) => !deviceNamed(run, 'victim').training);
      const gone = deviceNamed(freed, 'victim');
      expect([gone.updates, gone.refused, gone.assignments]).toEqual([0, 0, 1]);
      const after = await untilStatus(server.url, ({ accepted }) => accepted >= freed.accepted + 3);
      expect(after.refusals).toEqual({});
      expect(deviceNamed(after, 'witness').updates).toBe(after.accepted);
      expect(after.version).toBe(after.accepted);
      await witness.context().close();
    } finally {
      await server.close();
    }
  });

  it('a tab that is offline for a while resumes its session and its delta counts once', async () => {
    const server = await startTestServer(testRun('ftte', everyUpdateSteps));
    const line = await openCuttableLine(server.port);
    try {
      const tab = await openTab(browser, line.url, { name: 'roaming', flops: 4e8 });
      const before = await untilStatus(server.url, (run) => run.accepted >= 1 && run.assignmentsOut === 1);
      const { deviceId, assignments } = deviceNamed(before, 'roaming');
      // In mid-training, two seconds away from any message that could be lost on the wire.
      await tab.waitForFunction(() => {
        const { phase, step } = window.minnow.state;
        return phase === 'training' && step >= 1 && step <= 2;
      });
      line.cut();
      await untilStatus(server.url, (run) => !deviceNamed(run, 'roaming').connected);
      // The local work goes on without a network and ends with a delta that waits.
      await tab.waitForFunction(
        () => !window.minnow.state.connected && window.minnow.state.step === window.minnow.state.numSteps,
      );
      line.mend();
      const after = await untilStatus(
        server.url,
        (run) => run.resumes >= 1 && run.accepted >= before.accepted + 2,
      );
      const device = deviceNamed(after, 'roaming');
      expect(device.deviceId).toBe(deviceId);
      expect(after.refusals).toEqual({});
      // No assignment was lost or given twice: each one given was taken in, but for the one that is out.
      expect(device.assignments).toBeGreaterThan(assignments);
      expect(device.assignments - device.updates).toBeLessThanOrEqual(1);
      expect(after.accepted).toBe(device.updates);
      await tab.context().close();
    } finally {
      line.close();
      await server.close();
    }
  });

  it('a server killed with SIGKILL and started again gets its tabs back, with nothing acknowledged lost', async () => {
    const runsDir = mkdtempSync(join(tmpdir(), 'minnow-e2e-kill-'));
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const start = () =>
      startServerProcess([
        '--port',
        String(port),
        '--host',
        '127.0.0.1',
        '--runs-dir',
        runsDir,
        '--tempo',
        '0',
        '--run',
        'killed',
        '--buffer',
        '2',
        '--names',
      ]);
    let server = start();
    try {
      await untilStatus(url, () => true);
      const tabs = await Promise.all(
        [1, 2, 3].map((n) => openTab(browser, url, { name: `tab${n}`, flops: 3e9 })),
      );
      for (let kill = 1; kill <= 2; kill++) {
        const goal = kill * 6;
        await untilStatus(url, ({ accepted }) => accepted >= goal);
        await endProcess(server, 'SIGKILL');
        const acknowledged = await Promise.all(tabs.map(async (tab) => (await deviceStateOf(tab)).updates));
        server = start();
        const back = await untilStatus(
          url,
          (run) => run.devices.length === 3 && run.devices.every((d) => d.connected),
        );
        expect(back.restarts).toBe(kill);
        for (const [index, updates] of acknowledged.entries())
          expect(deviceNamed(back, `tab${index + 1}`).updates).toBeGreaterThanOrEqual(updates);
        const after = await untilStatus(url, ({ devices }) =>
          acknowledged.every((updates, index) =>
            devices.some((d) => d.name === `tab${index + 1}` && d.updates > updates),
          ),
        );
        expect(after.accepted).toBe(after.devices.reduce((sum, device) => sum + device.updates, 0));
        // Two updates a step, or one where a step's deadline passed while the tabs were on their way back.
        expect(after.version).toBeGreaterThanOrEqual(Math.floor(after.accepted / 2));
        expect(after.version).toBeLessThanOrEqual(after.accepted);
      }
      await Promise.all(tabs.map((tab) => tab.context().close()));
    } finally {
      await endProcess(server, 'SIGTERM');
      rmSync(runsDir, { recursive: true, force: true });
    }
  });
});

function startServerProcess(args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [...programArguments(SERVER_FILE), ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

async function endProcess(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await ended;
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
