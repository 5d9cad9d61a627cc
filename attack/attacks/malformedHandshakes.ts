// Sockets that say no word of the protocol when they connect.

import assert from 'node:assert/strict';
import { connectLoadDevice } from '../../server/testing/loadDevice.ts';
import type { Refusal } from '../../shared/contract/messages.ts';
import { createRandom } from '../../shared/random.ts';
import type { Attack } from '../attack.ts';
import { startHonestDevices } from '../honestDevices.ts';

const HANDSHAKES: readonly object[] = [
  {},
  { protocol: -1 },
  { protocol: '4' },
  { protocol: { toString: 1 } },
];

export const attack: Attack = {
  name: 'malformedHandshakes',
  against: 'network',
  claim: 'a handshake that is none is refused with a code and costs nobody else anything',
  async run(ground, length) {
    const target = await ground.start();
    const honest = await startHonestDevices(target.url, 2);
    const random = createRandom(1);
    const count = length === 'short' ? 50 : 5000;
    for (let k = 0; k < count; k++) {
      const auth = HANDSHAKES[random.integer(HANDSHAKES.length)]!;
      await assert.rejects(
        connectLoadDevice(target.url, { auth, numTensors: 4 }),
        ({ data }: { data?: Refusal }) => data?.code === 'protocolVersion',
      );
    }
    await honest.acknowledged(10);
    const { refusals } = await target.status();
    assert.equal(refusals.protocolVersion, count);
    honest.close();
    return { handshakes: count };
  },
};
