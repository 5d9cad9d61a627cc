// More connections than a process may have files open.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { numConnectionsFor } from '../../server/guard/descriptors.ts';
import type { Attack } from '../attack.ts';
import { startHonestDevices } from '../honestDevices.ts';
import { get, writePages } from '../rawHttp.ts';

const PRLIMIT = '/usr/bin/prlimit';
const NUM_DESCRIPTORS = 160;

export const attack: Attack = {
  name: 'descriptors',
  against: 'network',
  claim:
    'with all connections taken the server keeps descriptors for itself, writes its steps, and has pages afterwards',
  whyNot: () => (existsSync(PRLIMIT) ? null : `this machine has no ${PRLIMIT}`),
  async run(ground, length) {
    const target = await ground.start({
      server: { pagesFolder: writePages(ground), maxConnections: numConnectionsFor(NUM_DESCRIPTORS) },
    });
    execFileSync(PRLIMIT, [`--pid=${target.pid}`, `--nofile=${NUM_DESCRIPTORS}`]);
    const honest = await startHonestDevices(target.url, 2);
    const rounds = length === 'short' ? 1 : 20;
    for (let round = 0; round < rounds; round++) {
      const closed = new Set<unknown>();
      const sockets = Array.from({ length: 3 * NUM_DESCRIPTORS }, () => {
        const socket = connect(target.port, '127.0.0.1');
        socket.on('error', () => {}).on('close', () => closed.add(socket));
        return socket.resume();
      });
      while (closed.size < 2 * NUM_DESCRIPTORS) await honest.acknowledged(1);
      // Checkpoints and a new segment of the journal among them.
      await honest.acknowledged(20);
      for (const socket of sockets) socket.destroy();
      while ((await get(target.port, '/')) !== 200) await honest.acknowledged(1);
    }
    assert.ok(target.isAlive);
    honest.close();
    return { descriptors: NUM_DESCRIPTORS, connections: 3 * NUM_DESCRIPTORS * rounds };
  },
};
