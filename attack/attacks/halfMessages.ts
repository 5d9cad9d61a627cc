// First fragments, beginnings of frames, and packets whose attachment never comes.

import assert from 'node:assert/strict';
import { openRawSocket, joinRawSocket } from '../../server/testing/rawSocket.ts';
import type { Attack } from '../attack.ts';
import { startHonestDevices } from '../honestDevices.ts';

const PART = 'x'.repeat(8000);
const ANNOUNCED = '451-/device,2["update",{},{"_placeholder":true,"num":0}]';

export const attack: Attack = {
  name: 'halfMessages',
  against: 'network',
  claim: 'half messages are cut off at 16 KiB before a join, and after it when their time is over',
  async run(ground, length) {
    // In full length the server's own times.
    const server = length === 'short' ? { doorLimits: { attachmentWithinMs: 500 } } : {};
    const target = await ground.start({ server });
    const honest = await startHonestDevices(target.url, 2);
    const each = length === 'short' ? 20 : 300;
    const before = target.residentBytes();
    const begin = performance.now();
    for (let k = 0; k < each; k++) {
      const { socket, closed } = await openRawSocket(target.url, k % 2 === 0);
      for (let part = 0; part < 3; part++) socket.send(PART, { fin: false });
      await closed;
    }
    const joined = await Promise.all(Array.from({ length: each }, () => joinRawSocket(target.url)));
    for (const { socket } of joined) socket.send(ANNOUNCED);
    // The transport's own pings end a fragment: they take most of a minute.
    const fragments = length === 'short' ? 0 : each;
    const parts = await Promise.all(Array.from({ length: fragments }, () => joinRawSocket(target.url)));
    for (const { socket } of parts) socket.send(PART, { fin: false });
    await Promise.all([...joined, ...parts].map(({ closed }) => closed));
    await honest.acknowledged(10);
    honest.close();
    assert.ok(target.isAlive);
    return {
      beforeJoin: each,
      attachments: each,
      fragments,
      seconds: Math.round((performance.now() - begin) / 1000),
      residentMiBMore: Math.round((target.residentBytes() - before) / 2 ** 20),
    };
  },
};
