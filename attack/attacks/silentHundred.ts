// Identities that ask for work and never answer.

import assert from 'node:assert/strict';
import { connectLoadDevice } from '../../server/testing/loadDevice.ts';
import { TINY_TENSOR_SIZES } from '../../server/testing/tinyTask.ts';
import type { Attack } from '../attack.ts';
import { startHonestDevices } from '../honestDevices.ts';

const NUM_SILENT = 100;
const NUM_TENSORS = TINY_TENSOR_SIZES.length;

export const attack: Attack = {
  name: 'silentHundred',
  against: 'network',
  claim:
    'a hundred identities of one address that hold all places and never answer keep nobody else from work',
  async run(ground, length) {
    const target = await ground.start({
      server: { trustedProxies: 1 },
      run: { concurrency: NUM_SILENT, leaseMs: 600_000 },
    });
    const silent = await Promise.all(
      Array.from({ length: NUM_SILENT }, async () => {
        const device = await connectLoadDevice(target.url, { numTensors: NUM_TENSORS, address: '10.0.0.66' });
        assert.ok((await device.join()).ok);
        await device.send('ready', { held: TINY_TENSOR_SIZES.map(() => -1) });
        return device;
      }),
    );
    assert.equal((await target.status()).assignmentsOut, NUM_SILENT);
    const honest = await startHonestDevices(target.url, 20, '10.0.0.7');
    await honest.acknowledged(length === 'short' ? 100 : 10_000);
    // Of so many devices the status is made once a second.
    let status = await target.status();
    while (status.version === 0) {
      await honest.acknowledged(20);
      status = await target.status();
    }
    honest.close();
    for (const device of silent) device.close();
    return { silent: NUM_SILENT, acknowledged: honest.numAcknowledged, version: status.version };
  },
};
