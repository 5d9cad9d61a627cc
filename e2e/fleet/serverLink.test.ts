// The fleet's line to a real server: it reads what devices call themselves where it has the token, and keeps the join code.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { connectLoadDevice } from '../../server/testing/loadDevice.ts';
import { TINY_TENSOR_SIZES, tinyRun, tinyServerOptions } from '../../server/testing/tinyTask.ts';
import { PROTOCOL_VERSION } from '../../shared/contract/messages.ts';
import { startServer } from '../../server/startServer.ts';
import { openServerLink } from './serverLink.ts';

it('tells devices by their names with the token alone, and leads to where they join with the code', async () => {
  const runsDir = mkdtempSync(join(tmpdir(), 'minnow-link-'));
  const server = await startServer({
    ...tinyServerOptions(runsDir, [tinyRun('one')]),
    joinCode: 'class-7b',
  });
  const device = await connectLoadDevice(server.url, {
    auth: { protocol: PROTOCOL_VERSION, code: 'class-7b' },
    numTensors: TINY_TENSOR_SIZES.length,
  });
  const links = [];
  try {
    expect(await device.join()).toMatchObject({ ok: true });
    for (const [address, names] of [
      [`${server.url}/dashboard?code=class-7b#token=${server.adminToken}`, ['load']],
      [`${server.url}/?code=class-7b`, [expect.not.stringMatching(/^load$/)]],
    ] as const) {
      const link = await openServerLink(address);
      links.push(link);
      expect(link.address).toBe(`${server.url}/?code=class-7b`);
      expect((await link.status()).devices.map(({ name }) => name)).toEqual(names);
    }
  } finally {
    for (const link of links) await link.close();
    device.close();
    await server.close();
    rmSync(runsDir, { recursive: true, force: true });
  }
});
