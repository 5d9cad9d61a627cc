// A server whose run takes a join code: who has none neither joins nor sees a row; the QR code's address is all that it takes.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { DeskChoices } from '../../shared/contract/dashboard.ts';
import { PROTOCOL_VERSION, type Refusal } from '../../shared/contract/messages.ts';
import { startServer, type RunningServer } from '../startServer.ts';
import { createJoinCode } from './joinCode.ts';
import { connectLoadDevice, type LoadDevice } from '../testing/loadDevice.ts';
import { TINY_TENSOR_SIZES, tinyRun, tinyServerOptions } from '../testing/tinyTask.ts';

let runsDir = '';
let server: RunningServer;
beforeEach(async () => {
  runsDir = mkdtempSync(join(tmpdir(), 'minnow-code-'));
  server = await start('');
});
afterEach(async () => {
  await server.close();
  rmSync(runsDir, { recursive: true, force: true });
});

const start = (joinCode: string) =>
  startServer({ ...tinyServerOptions(runsDir, [tinyRun('one')]), joinCode });
const connect = (auth: object): Promise<LoadDevice> =>
  connectLoadDevice(server.url, {
    auth: { protocol: PROTOCOL_VERSION, ...auth },
    numTensors: TINY_TENSOR_SIZES.length,
  });
const codeRefused = ({ data }: { data?: Refusal }): boolean => data?.code === 'badCode';

async function sample(query: string): Promise<number> {
  const answer = await fetch(`${server.url}/api/sample?index=0${query}`);
  await answer.arrayBuffer();
  return answer.status;
}

it('a device joins with the code and with no other', async () => {
  for (const auth of [{}, { code: '' }, { code: 'wrong' }, { code: `${server.joinCode}x` }])
    await expect(connect(auth)).rejects.toSatisfy(codeRefused);
  const device = await connect({ code: server.joinCode });
  expect(await device.join()).toMatchObject({ ok: true });
  expect(await device.send('shard')).toMatchObject({ ok: true });
  device.close();
  expect(server.status().runs[0]!.refusals.badCode).toBe(4);
});

it('a row is seen with the code, with the token, or with its ticket', async () => {
  expect(await sample('')).toBe(403);
  expect(await sample('&code=wrong')).toBe(403);
  expect(await sample(`&code=${server.joinCode}`)).toBe(200);
  const headers = { authorization: `Bearer ${server.adminToken}` };
  const check = await fetch(`${server.url}/api/admin/check`, { headers });
  const { ticket, joinCode } = (await check.json()) as DeskChoices;
  expect(joinCode).toBe(server.joinCode);
  expect(await sample(`&ticket=${ticket}`)).toBe(200);
  expect((await fetch(`${server.url}/api/sample?index=0`, { headers })).status).toBe(200);
});

it('nobody is told the code who has neither it nor the token', async () => {
  for (const path of ['/api/status', '/api/history', '/metrics', '/']) {
    expect(await (await fetch(server.url + path)).text()).not.toContain(server.joinCode);
  }
  const abort = new AbortController();
  const feed = await fetch(`${server.url}/api/feed`, { signal: abort.signal });
  const { value } = await feed.body!.getReader().read();
  expect(new TextDecoder().decode(value)).toContain('joinUrls');
  expect(new TextDecoder().decode(value)).not.toContain(server.joinCode);
  abort.abort();
});

it('a code that was not chosen stays with the runs folder, and has no letters to be confused', async () => {
  const before = server.joinCode;
  expect(before).toMatch(/^[a-hjkm-np-z2-9]{8}$/);
  await server.close();
  server = await start('');
  expect(server.joinCode).toBe(before);
  await server.close();
  server = await start('class-7b');
  expect(server.joinCode).toBe('class-7b');
});

it('the right code is never waited for, however many were wrong', () => {
  const { check } = createJoinCode('right-one');
  const answers: boolean[] = [];
  for (let i = 0; i < 300; i++) check(`wrong ${i}`, 'a', (isRight) => answers.push(isRight));
  check('right-one', 'a', (isRight) => answers.push(isRight));
  expect(answers.at(-1)).toBe(true);
  // Some at once, and those that are too many; the rest later.
  expect(answers.length).toBeLessThan(150);
});
