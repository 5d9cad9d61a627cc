// The fleet's command line on a server with a certificate of its own making, through which no WebSocket gets.

import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { programArguments } from '../scripts/programs.mjs';
import { openOwnCertificate } from '../server/http/certificate/ownCertificate.ts';
import { openPollingOnlyProxy } from './testing/pollingOnlyProxy.ts';
import { startTestServer, testRun } from './testing/testServer.ts';

const FLEET_FILE = fileURLToPath(new URL('./fleet/main.ts', import.meta.url));
const PROFILES = fileURLToPath(new URL('./profiles/demo.json', import.meta.url));

interface Report {
  readonly failures: readonly string[];
  readonly devices: readonly { readonly name: string; readonly updates: number }[];
}

it('a fleet trains over https by long-polling alone, and tells of its devices', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'minnow-fleet-'));
  const server = await startTestServer(
    testRun('ftte', { trigger: { kind: 'buffer', size: 2, deadlineMs: 0 } }),
  );
  const certificate = await openOwnCertificate({ runsDir: folder, hosts: ['127.0.0.1'] });
  const proxy = await openPollingOnlyProxy(server.port, certificate, 'closed');
  const json = join(folder, 'report.json');
  try {
    const { code, said } = await runFleet(['--server', proxy.url, '--seconds', '20', '--json', json]);
    expect(said).not.toContain('Error');
    expect(code).toBe(0);
    const { failures, devices } = JSON.parse(readFileSync(json, 'utf8')) as Report;
    expect(failures).toEqual([]);
    expect(devices.map(({ name }) => name)).toEqual(['phone-1', 'watch-1']);
    expect(devices.filter(({ updates }) => updates === 0)).toEqual([]);
    expect(proxy.numTried()).toBeGreaterThan(0);
    expect(server.status().runs[0]!.refusals).toEqual({});
  } finally {
    proxy.close();
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  }
});

it('says in one sentence which server it cannot reach', async () => {
  const { code, said } = await runFleet(['--server', 'https://127.0.0.1:1', '--seconds', '1']);
  expect(code).toBe(1);
  expect(said.trim()).toMatch(/^https:\/\/127\.0\.0\.1:1\/api\/status does not answer \(.*\)$/);
});

function runFleet(args: readonly string[]): Promise<{ code: number | null; said: string }> {
  const all = [...programArguments(FLEET_FILE), '--tabs', '2', '--profiles', PROFILES, ...args];
  const child = spawn(process.execPath, all, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (text: Buffer) => (said += text.toString()));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, said })));
}
