// The disk becomes read-only, as systems make it after a fault: while a server runs, and before it starts.

import assert from 'node:assert/strict';
import { startEnduringDevices } from '../../server/testing/enduringDevices.ts';
import type { Attack } from '../attack.ts';
import { mountSmallDisk, whyNoMount } from '../smallDisk.ts';

export const attack: Attack = {
  name: 'readOnlyDisk',
  against: 'disk',
  claim: 'a server on a read-only disk does not start, in one sentence with folder, cause and remedy',
  whyNot: whyNoMount,
  async run(ground) {
    const disk = mountSmallDisk(ground.runsDir);
    try {
      const target = await ground.start();
      const fleet = startEnduringDevices(target.url, 2);
      await fleet.acknowledged(10);
      await target.kill();
      await fleet.finish();
      disk.setReadOnly(true);
      await assert.rejects(ground.start(), (error: Error) => {
        assert.match(
          error.message,
          new RegExp(`${ground.runsDir}.*the disk is read-only \\(EROFS\\).*writable`),
        );
        assert.equal(error.message.trim().split('\n').length, 1, error.message);
        return true;
      });
      disk.setReadOnly(false);
      const again = await ground.start();
      const { accepted } = await again.status();
      assert.ok(accepted >= fleet.numAcknowledged);
      await again.kill();
      return { acknowledged: fleet.numAcknowledged };
    } finally {
      disk.unmount();
    }
  },
};
