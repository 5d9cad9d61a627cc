// Faults and shortages that no test can have within its own process: a server of its own, which must live on.

import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { programArguments } from '../../scripts/programs.mjs';

const PROGRAM = programArguments(join(import.meta.dirname, '../testing', 'faultyServerProcess.ts'));

let folder = '';
let child: ChildProcess;
let stderr = '';
let sockets: Socket[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'minnow-outlive-'));
  stderr = '';
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  sockets = [];
  if (child.exitCode === null) {
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));
  }
  rmSync(folder, { recursive: true, force: true });
});

/** Resolves with its address. */
async function start(descriptors: number): Promise<string> {
  const command = `ulimit -n ${descriptors}; exec "$0" "$@"`;
  child = spawn('bash', ['-c', command, process.execPath, ...PROGRAM, folder], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stderr!.on('data', (part: Buffer) => (stderr += part.toString()));
  const port = await new Promise<string>((resolve, reject) => {
    child.stdout!.once('data', (part: Buffer) => resolve(part.toString().trim()));
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}: ${stderr}`)));
  });
  return `http://127.0.0.1:${port}`;
}

function statusFrom(localAddress: string, url: string): Promise<number> {
  return new Promise((resolve, reject) => {
    get(url, { localAddress, agent: false }, (answer) => resolve(answer.resume().statusCode!)).on(
      'error',
      reject,
    );
  });
}

const statusOf = async (url: string): Promise<number> => (await fetch(url)).status;

it.each(['now', 'later', 'promise', 'stream'])(
  'a fault that comes %s costs the connection that met it, and its stack is told',
  async (when) => {
    const url = await start(1024);
    await fetch(`${url}/api/fault?when=${when}`).then(
      ({ status }) => expect(status).toBe(500),
      (error: Error) => expect(error.message).toBe('fetch failed'),
    );
    expect(await statusOf(`${url}/api/health`)).toBe(200);
    expect(stderr).toContain(when === 'stream' ? 'ENOENT' : basename(PROGRAM.at(-1)!));
    expect(stderr).toContain('alone');
    expect(child.exitCode).toBeNull();
  },
);

it('a fault of a run ends the server, whoever met it: what it says next might be wrong', async () => {
  const url = await start(1024);
  const ended = new Promise((resolve) => child.once('exit', resolve));
  await fetch(`${url}/api/fault?when=run`).catch(() => {});
  expect(await ended).toBe(1);
  expect(stderr).toContain('the run is at fault');
});

it('with all descriptors taken that a server gives away it keeps some, and pages are there again afterwards', async () => {
  const url = await start(96);
  expect(await statusOf(url)).toBe(200);
  const { port } = new URL(url);
  sockets = Array.from({ length: 200 }, () => connect(Number(port), '127.0.0.1').on('error', () => {}));
  let numClosed = 0;
  for (const socket of sockets) socket.on('close', () => numClosed++).resume();
  await expect.poll(() => numClosed, { timeout: 20_000 }).toBeGreaterThan(100);
  // The server's own files can be opened all the while.
  sockets[0]!.write('GET /api/fault?when=file HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
  const answer = await new Promise<string>((resolve) =>
    sockets[0]!.once('data', (part: Buffer) => resolve(part.toString())),
  );
  expect(answer).toContain(' 200 ');
  // Half of the connections are left to others. Only Linux has more addresses of its own.
  if (process.platform === 'linux') expect(await statusFrom('127.0.0.2', url)).toBe(200);
  for (const socket of sockets) socket.destroy();
  await expect.poll(() => statusOf(url).catch(() => 0), { timeout: 20_000 }).toBe(200);
  expect(child.exitCode).toBeNull();
});
