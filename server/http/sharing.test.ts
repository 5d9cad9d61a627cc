// What all may ask for, on a real server: made once for many, without what devices call themselves, and a feed for who
// has the token whoever holds the others.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { DeskChoices } from '../../shared/contract/dashboard.ts';
import type { ServerStatus } from '../../shared/contract/status.ts';
import { startServer, type RunningServer } from '../startServer.ts';
import { connectLoadDevice, LOAD_JOIN, type LoadDevice } from '../testing/loadDevice.ts';
import { TINY_TENSOR_SIZES, tinyRun, tinyServerOptions } from '../testing/tinyTask.ts';
import { createSharedAnswer } from './sharedAnswer.ts';

let runsDir = '';
let server: RunningServer;
let device: LoadDevice;
/** With their answers: one that nobody holds is closed with the rest of the rubbish. */
let feeds: { readonly abort: AbortController; readonly answer: Response }[] = [];
beforeEach(async () => {
  runsDir = mkdtempSync(join(tmpdir(), 'minnow-sharing-'));
  server = await startServer(tinyServerOptions(runsDir, [tinyRun('one')]));
  device = await connectLoadDevice(server.url, { numTensors: TINY_TENSOR_SIZES.length });
  const rude = { ...LOAD_JOIN.device, name: 'RUDE', profile: 'RUDE', backend: 'RUDE' };
  expect(await device.join({ device: rude })).toMatchObject({ ok: true });
});
afterEach(async () => {
  for (const { abort } of feeds) abort.abort();
  feeds = [];
  device.close();
  await server.close();
  rmSync(runsDir, { recursive: true, force: true });
});

async function status(headers: Record<string, string> = {}): Promise<string> {
  const answer = await fetch(`${server.url}/api/status`, { headers });
  return answer.ok ? answer.text() : String(answer.status);
}

it('the status tells no text that a device made up, but to whoever has the token', async () => {
  const text = await status();
  expect(text).not.toContain('RUDE');
  const [{ devices }] = (JSON.parse(text) as ServerStatus).runs as [ServerStatus['runs'][0]];
  expect(devices).toMatchObject([{ profile: '', backend: '', connected: true }]);
  expect(await status({ authorization: `Bearer ${server.adminToken}` })).toContain('RUDE');
  expect(await status({ authorization: 'Bearer wrong' })).toBe('401');
});

it('a large answer is made once a second for all, a small one each time', async () => {
  const clock = { ms: 0 };
  let length = 10;
  let numMade = 0;
  const answer = createSharedAnswer(
    'text/plain',
    () => `${numMade++}`.padEnd(length),
    () => clock.ms,
  );
  const ask = (): string => {
    let got = '';
    const response = { writeHead() {}, end: (body: Buffer) => (got = body.toString().trim()) };
    answer({ method: 'GET' } as never, response as never);
    return got;
  };
  expect([ask(), ask()]).toEqual(['0', '1']);
  length = 100_000;
  expect([ask(), ask(), ask()]).toEqual(['2', '2', '2']);
  clock.ms = 1000;
  expect([ask(), ask()]).toEqual(['3', '3']);
});

async function openFeed(query = ''): Promise<number> {
  const abort = new AbortController();
  const answer = await fetch(`${server.url}/api/feed?run=one${query}`, { signal: abort.signal });
  feeds.push({ abort, answer });
  return answer.status;
}

it('an address holds 200 feeds, and whoever has the token gets one more', async () => {
  const statuses = await Promise.all(Array.from({ length: 210 }, () => openFeed()));
  expect(statuses.filter((code) => code === 200)).toHaveLength(200);
  expect(statuses.filter((code) => code === 503)).toHaveLength(10);
  const check = await fetch(`${server.url}/api/admin/check`, {
    headers: { authorization: `Bearer ${server.adminToken}` },
  });
  const { ticket } = (await check.json()) as DeskChoices;
  expect(ticket).not.toBe(server.adminToken);
  expect(await openFeed(`&ticket=${ticket}`)).toBe(200);
  expect(await openFeed('&ticket=wrong')).toBe(503);
  // A place that is given back is free.
  feeds.find(({ answer }) => answer.status === 200)!.abort.abort();
  await expect.poll(() => openFeed()).toBe(200);
});
