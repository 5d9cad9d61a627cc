// SIGKILL at random moments under load, again and again: the journal is torn wherever it was being written.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startEnduringDevices } from '../../server/testing/enduringDevices.ts';
import { unsealLine } from '../../server/store/seal.ts';
import { verifyRun } from '../../server/store/verifyRun.ts';
import { createRandom } from '../../shared/random.ts';
import type { Attack } from '../attack.ts';

const NUM_DEVICES = 6;
const SEED = 20;

export const attack: Attack = {
  name: 'kills',
  against: 'disk',
  claim: 'a server killed at any moment goes on by itself, and each acknowledged update counts exactly once',
  async run(ground, length, tell) {
    const numKills = length === 'short' ? 30 : 1000;
    const random = createRandom(SEED);
    let target = await ground.start();
    const fleet = startEnduringDevices(target.url, NUM_DEVICES);
    for (let kill = 1; kill <= numKills; kill++) {
      await fleet.acknowledged(10 + random.integer(60));
      let tellItIsUp!: () => void;
      fleet.waitFor(new Promise<void>((resolve) => (tellItIsUp = resolve)));
      await target.kill();
      const { numAcknowledged } = fleet;
      target = await ground.start({}, target.port);
      const status = await target.status();
      tellItIsUp();
      assert.equal(status.restarts, kill);
      assert.ok(
        status.accepted >= numAcknowledged,
        `${status.accepted} of ${numAcknowledged} after kill ${kill}`,
      );
      assert.equal(status.devices.length, NUM_DEVICES);
      tell(kill, numKills);
    }
    await fleet.acknowledged(30);
    await fleet.finish();

    const status = await target.status();
    assert.ok(fleet.devices.every(({ pending }) => pending === ''));
    assert.equal(status.accepted, fleet.numAcknowledged);
    assert.deepEqual(
      status.devices.map(({ updates }) => updates).sort(),
      fleet.devices.map(({ acknowledged }) => acknowledged.size).sort(),
    );
    assert.equal(status.version, Math.floor(status.accepted / 2));
    assert.deepEqual(status.refusals, {});
    await target.kill();
    const lines = readFileSync(join(ground.runFolder, 'metrics.jsonl')).toString('latin1').trim().split('\n');
    const steps = lines.map(
      (line) => unsealLine(Buffer.from(line, 'latin1')) as { version: number; updates: unknown[] },
    );
    assert.deepEqual(
      steps.map(({ version }) => version),
      steps.map((_, k) => k + 1),
    );
    assert.equal(steps.flatMap(({ updates }) => updates).length, status.version * 2);
    assert.deepEqual(verifyRun(ground.runFolder).damages, []);
    return { kills: numKills, acknowledged: fleet.numAcknowledged, versions: status.version };
  },
};
