// Identities that join, ask for work and leave, one after the other.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connectLoadDevice } from '../../server/testing/loadDevice.ts';
import { TINY_TENSOR_SIZES } from '../../server/testing/tinyTask.ts';
import type { Attack } from '../attack.ts';
import { startHonestDevices } from '../honestDevices.ts';

const MOST_REMEMBERED = 300;
const AT_ONCE = 10;

export const attack: Attack = {
  name: 'joinFlood',
  against: 'network',
  claim:
    'of those that join, bring nothing and leave a bounded number is remembered, and honest devices train',
  async run(ground, length) {
    const target = await ground.start();
    const honest = await startHonestDevices(target.url, 2);
    const count = length === 'short' ? 500 : 10_000;
    const begin = performance.now();
    for (let k = 0; k < count; k += AT_ONCE)
      await Promise.all(
        Array.from({ length: AT_ONCE }, async () => {
          const device = await connectLoadDevice(target.url, { numTensors: TINY_TENSOR_SIZES.length });
          assert.ok((await device.join()).ok);
          await device.send('leave');
          device.close();
        }),
      );
    const seconds = (performance.now() - begin) / 1000;
    await honest.acknowledged(10);
    honest.close();
    const { devices } = await target.status();
    assert.ok(devices.length <= MOST_REMEMBERED, `${devices.length} are remembered`);
    const lines = readFileSync(join(ground.runFolder, 'devices.jsonl'), 'utf8').trim().split('\n').length;
    assert.ok(lines <= MOST_REMEMBERED, `${lines} are in devices.jsonl`);
    return { joins: count, joinsPerSecond: Math.round(count / seconds), remembered: devices.length };
  },
};
