// Uploads of what is refused, and of one update again and again, from sockets that come back when they are ended.

import assert from 'node:assert/strict';
import { connectLoadDevice, loadHeader } from '../../server/testing/loadDevice.ts';
import { TINY_TENSOR_SIZES } from '../../server/testing/tinyTask.ts';
import type { Attack } from '../attack.ts';
import { startHonestDevices } from '../honestDevices.ts';

const NUM_TENSORS = TINY_TENSOR_SIZES.length;
const DELTA = new Float32Array(16);
const MOST_BORNE = 25;
/** Of a join and so many refusals, each with its header alone. */
const MOST_BYTES_A_SOCKET = 1500 + 600 * MOST_BORNE;

export const attack: Attack = {
  name: 'refusedFlood',
  against: 'network',
  claim: 'who uploads what is refused is ended after a few, and the journal keeps a header of each',
  async run(ground, length) {
    const target = await ground.start();
    const before = ground.runBytes();
    const sockets = length === 'short' ? 20 : 1000;
    let sent = 0;
    for (let k = 0; k < sockets; k++) {
      const device = await connectLoadDevice(target.url, { numTensors: NUM_TENSORS });
      assert.ok((await device.join()).ok);
      const ended = device.ended.then(() => true);
      for (let borne = 1; ; borne++) {
        assert.ok(borne <= MOST_BORNE, 'it was not ended');
        sent++;
        const answer = device.send('update', loadHeader('nobody-knows-this', NUM_TENSORS), DELTA);
        if (await Promise.race([ended, answer.then(() => false).catch(() => false)])) break;
      }
    }
    const bytes = ground.runBytes() - before;
    assert.ok(bytes < sockets * MOST_BYTES_A_SOCKET, `${bytes} bytes were kept of ${sent} refused updates`);
    const honest = await startHonestDevices(target.url, 2);
    await honest.acknowledged(10);
    honest.close();
    return { sockets, refusedUpdates: sent, bytesKept: bytes };
  },
};
