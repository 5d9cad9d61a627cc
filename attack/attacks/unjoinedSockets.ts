// Sockets that connect, answer pings and never join.

import assert from 'node:assert/strict';
import { openRawSocket } from '../../server/testing/rawSocket.ts';
import type { Attack } from '../attack.ts';
import { startHonestDevices } from '../honestDevices.ts';

export const attack: Attack = {
  name: 'unjoinedSockets',
  against: 'network',
  claim:
    'sockets that never join are closed, and so are those that are too many, while others join and train',
  async run(ground, length) {
    // In full length the server's own times.
    const doorLimits = { mostWaiting: 50, ...(length === 'short' && { joinWithinMs: 5000 }) };
    const target = await ground.start({ server: { doorLimits } });
    const count = length === 'short' ? 60 : 1000;
    const sockets = await Promise.all(
      Array.from({ length: count }, (_, k) => openRawSocket(target.url, k % 2 === 0)),
    );
    const honest = await startHonestDevices(target.url, 2);
    const begin = performance.now();
    await Promise.all(sockets.map(({ closed }) => closed));
    const seconds = Math.round((performance.now() - begin) / 1000);
    await honest.acknowledged(10);
    honest.close();
    const { refusals } = await target.status();
    assert.equal((refusals.outOfOrder ?? 0) + (refusals.flood ?? 0), count);
    return { sockets: count, tooMany: refusals.flood ?? 0, tooLate: refusals.outOfOrder ?? 0, seconds };
  },
};
