// Feeds held open and never read, models asked for and never taken, by one stranger.

import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { createAdminGuard } from '../../server/http/admin/adminToken.ts';
import { readSessionSecret } from '../../server/gateway/sessionToken.ts';
import type { DeskChoices } from '../../shared/contract/dashboard.ts';
import type { Attack } from '../attack.ts';
import { startHonestDevices } from '../honestDevices.ts';

export const attack: Attack = {
  name: 'heldFeeds',
  against: 'network',
  claim: 'feeds and models that nobody reads cost bounded memory, and whoever has the token gets a feed',
  async run(ground, length) {
    const target = await ground.start();
    const honest = await startHonestDevices(target.url, 2);
    const count = length === 'short' ? 300 : 2000;
    const held: Socket[] = [];
    const open = (path: string): void => {
      const socket = connect(target.port, '127.0.0.1');
      socket.on('error', () => {}).write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
      held.push(socket.pause());
    };
    for (let k = 0; k < count; k++) open(k % 3 === 0 ? '/api/model' : '/api/feed');
    await honest.acknowledged(200);
    const { token } = createAdminGuard(readSessionSecret(ground.runsDir));
    const check = await fetch(`${target.url}/api/admin/check`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const { ticket } = (await check.json()) as DeskChoices;
    const abort = new AbortController();
    const feed = await fetch(`${target.url}/api/feed?ticket=${ticket}`, { signal: abort.signal });
    assert.equal(feed.status, 200);
    abort.abort();
    const begin = target.residentBytes();
    await honest.acknowledged(length === 'short' ? 200 : 5000);
    const grown = target.residentBytes() - begin;
    assert.ok(grown < 100e6, `the server has grown by ${grown} bytes`);
    for (const socket of held) socket.destroy();
    honest.close();
    return { held: count, residentMiB: Math.round(begin / 2 ** 20), grownMiB: Math.round(grown / 2 ** 20) };
  },
};
