// A device that was removed and comes back at once, with its token and as somebody new.

import assert from 'node:assert/strict';
import { createAdminGuard } from '../../server/http/admin/adminToken.ts';
import { readSessionSecret } from '../../server/gateway/sessionToken.ts';
import { connectLoadDevice } from '../../server/testing/loadDevice.ts';
import { TINY_TENSOR_SIZES } from '../../server/testing/tinyTask.ts';
import type { Join } from '../../shared/contract/messages.ts';
import type { Attack } from '../attack.ts';
import { startHonestDevices } from '../honestDevices.ts';

export const attack: Attack = {
  name: 'removedReturns',
  against: 'network',
  claim:
    'a removed device stays out with its token for good, a restart included, and as its own double for a minute',
  async run(ground, length) {
    let target = await ground.start();
    const { token } = createAdminGuard(readSessionSecret(ground.runsDir));
    const join = async (wanted: Partial<Join>) => {
      const device = await connectLoadDevice(target.url, { numTensors: TINY_TENSOR_SIZES.length });
      return { device, answer: await device.join(wanted) };
    };
    const { device, answer } = await join({});
    assert.ok(answer.ok);
    const steered = await fetch(`${target.url}/api/admin/steer`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ kind: 'remove', deviceId: answer.deviceId }),
    });
    assert.equal(steered.status, 204);
    assert.equal((await device.ended).code, 'removed');
    const tries = length === 'short' ? 10 : 500;
    for (let k = 0; k < tries; k++) {
      const back = await join(k % 2 === 0 ? { token: answer.token } : {});
      assert.equal(back.answer.ok ? 'joined' : back.answer.code, 'removed');
      back.device.close();
    }
    await target.kill();
    target = await ground.start();
    const late = await join({ token: answer.token });
    assert.equal(late.answer.ok ? 'joined' : late.answer.code, 'removed');
    const honest = await startHonestDevices(target.url, 2);
    await honest.acknowledged(4);
    honest.close();
    return { tries };
  },
};
