// Two servers on one run's folder: of one machine, and of two containers that see each other's processes as numbers at most.

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { programArguments } from '../../scripts/programs.mjs';
import { startEnduringDevices } from '../../server/testing/enduringDevices.ts';
import type { Attack } from '../attack.ts';
import { SERVER_FILE } from '../target.ts';

const LIMIT_MS = 120_000;

/** A process of its own numbering, where the machine lets one make that. */
function unshared(): readonly string[] {
  try {
    execFileSync('unshare', ['--pid', '--fork', 'true'], { stdio: 'ignore' });
    return ['unshare', '--pid', '--fork'];
  } catch {
    return [];
  }
}

export const attack: Attack = {
  name: 'twoServers',
  against: 'disk',
  claim: 'a second server on one run does not start, of another container neither, and the first goes on',
  async run(ground, length) {
    const target = await ground.start();
    const fleet = startEnduringDevices(target.url, 3);
    const container = unshared();
    const tries = length === 'short' ? 1 : 20;
    for (let k = 0; k < tries; k++) {
      for (const prefix of container.length > 0 ? [[], container] : [[]]) {
        await fleet.acknowledged(5);
        const program = [process.execPath, ...programArguments(SERVER_FILE)];
        const args = [...prefix, ...program, ground.runsDir, '0'];
        const { status, stderr } = spawnSync(args[0]!, args.slice(1), {
          encoding: 'utf8',
          timeout: LIMIT_MS,
        });
        assert.equal(status, 1);
        assert.match(stderr, /is open in another server \(process \d+ on .*\): end that one first/);
        assert.ok(stderr.includes(ground.runFolder), stderr);
        assert.equal(stderr.trim().split('\n').length, 1, stderr);
      }
    }
    await fleet.acknowledged(5);
    await target.kill();
    await fleet.finish();
    const again = await ground.start();
    const { accepted } = await again.status();
    assert.ok(accepted >= fleet.numAcknowledged);
    return { tries, containers: container.length > 0 ? 'yes' : 'no: unshare is refused here' };
  },
};
