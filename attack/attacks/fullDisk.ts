// The disk fills up while devices upload. It is a small one in memory, mounted for this alone.

import assert from 'node:assert/strict';
import { startEnduringDevices } from '../../server/testing/enduringDevices.ts';
import type { Attack } from '../attack.ts';
import { mountSmallDisk, whyNoMount } from '../smallDisk.ts';

const NUM_DEVICES = 4;

export const attack: Attack = {
  name: 'fullDisk',
  against: 'disk',
  claim: 'a server whose disk is full says so once and ends; with room again it has all that it acknowledged',
  whyNot: whyNoMount,
  async run(ground, length) {
    const rounds = length === 'short' ? 1 : 20;
    const disk = mountSmallDisk(ground.runsDir);
    try {
      let numAcknowledged = 0;
      for (let round = 1; round <= rounds; round++) {
        const target = await ground.start({ server: { checkpointEverySteps: 1_000_000 } });
        const fleet = startEnduringDevices(target.url, NUM_DEVICES);
        await fleet.acknowledged(20);
        disk.fill();
        const code = await target.exited;
        assert.equal(code, 1);
        assert.match(target.log, /the disk is full \(ENOSPC\)/);
        assert.match(target.log, /nothing that was is lost/);
        assert.equal(target.log.trim().split('\n').length, 1, target.log);
        await fleet.finish();
        numAcknowledged += fleet.numAcknowledged;
        disk.makeRoom();
        const again = await ground.start();
        const { accepted } = await again.status();
        assert.ok(accepted >= numAcknowledged, `${accepted} of ${numAcknowledged} in round ${round}`);
        // What was on the disk but not told counts once: its sender would have sent it again.
        assert.ok(accepted <= numAcknowledged + NUM_DEVICES * round);
        await again.kill();
      }
      return { rounds, acknowledged: numAcknowledged };
    } finally {
      disk.unmount();
    }
  },
};
