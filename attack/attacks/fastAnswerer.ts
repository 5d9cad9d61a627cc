// One device that answers at once, beside twenty that keep the tempo.

import assert from 'node:assert/strict';
import { setTimeout as after } from 'node:timers/promises';
import { connectLoadDevice, type LoadDevice } from '../../server/testing/loadDevice.ts';
import { TINY_TENSOR_SIZES } from '../../server/testing/tinyTask.ts';
import type { Attack } from '../attack.ts';

const NUM_HONEST = 20;
const TEMPO_MS = 500;
const DELTA = new Float32Array(16).fill(0.001);

export const attack: Attack = {
  name: 'fastAnswerer',
  against: 'network',
  claim: 'a device that answers at once gets no more work than the tempo allows',
  async run(ground, length) {
    const target = await ground.start({ run: { tempoMs: TEMPO_MS } });
    const wanted = length === 'short' ? 100 : 5000;
    let accepted = 0;
    const counts = new Map<LoadDevice, number>();
    const devices = await Promise.all(
      Array.from({ length: NUM_HONEST + 1 }, async () => {
        const device = await connectLoadDevice(target.url, { numTensors: TINY_TENSOR_SIZES.length });
        assert.ok((await device.join()).ok);
        return device;
      }),
    );
    const begin = performance.now();
    await Promise.all(
      devices.map(async (device, k) => {
        await device.send('ready', { held: TINY_TENSOR_SIZES.map(() => -1) });
        while (accepted < wanted) {
          const { assignment } = await device.nextAssignment();
          if (k > 0) await after(TEMPO_MS);
          if (!(await device.update(assignment.assignmentId, DELTA)).ok) throw new Error('refused');
          counts.set(device, (counts.get(device) ?? 0) + 1);
          accepted++;
        }
      }),
    );
    const elapsedMs = performance.now() - begin;
    const fast = counts.get(devices[0]!) ?? 0;
    // Those who keep the tempo may be slower than it where the machine is busy; the fast one is never faster.
    assert.ok(fast <= elapsedMs / (0.95 * TEMPO_MS) + 1, `${fast} updates in ${elapsedMs} ms`);
    for (const device of devices) device.close();
    return { updates: accepted, ofTheFastOne: fast, percent: Math.round((1000 * fast) / accepted) / 10 };
  },
};
