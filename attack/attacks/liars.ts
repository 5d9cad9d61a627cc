// A device that lies in every field of its header and sends the opposite of what others learnt, a thousand times as large.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findStrategy } from '../../shared/federation/strategies.ts';
import type { StepRecord } from '../../shared/federation/events.ts';
import { connectLoadDevice, loadHeader, type LoadDevice } from '../../server/testing/loadDevice.ts';
import { TINY_TENSOR_SIZES } from '../../server/testing/tinyTask.ts';
import type { Attack } from '../attack.ts';
import { startHonestDevices } from '../honestDevices.ts';

const NUM_PARAMETERS = TINY_TENSOR_SIZES.reduce((sum, size) => sum + size, 0);
/** As honest devices send it (honestDevices.ts), and what was dealt to each. */
const HONEST_DELTA = 0.001;
const HONEST_SAMPLES = 10;
const NUM_HONEST = 4;
/** Of the presets. */
const CLIP = 1.5;
const LIES = { samples: Number.MAX_SAFE_INTEGER, lossFirst: 1e-9, lossLast: 1e-9, noise: 0 };

export const attack: Attack = {
  name: 'liars',
  against: 'network',
  claim: 'a device that lies about everything counts as one device and moves the model no further than one',
  async run(ground, length) {
    const numUpdates = length === 'short' ? 20 : 1000;
    const strategy = findStrategy('fedBuff', {
      trigger: { kind: 'buffer', size: 3, deadlineMs: 0 },
      maxSamples: Number.MAX_SAFE_INTEGER,
    });
    const { url } = await ground.start({ run: { strategy } });

    const liar = await connectLoadDevice(url, { numTensors: TINY_TENSOR_SIZES.length });
    const joined = await liar.join();
    assert(joined.ok);
    await liar.send('ready', { held: TINY_TENSOR_SIZES.map(() => -1) });
    // The first updates of a run, of which nothing is usual yet.
    const huge = await lie(liar, 9000);
    assert.equal(huge.answer.ok, false, 'values of 9,000 are refused');

    const honest = await startHonestDevices(url, NUM_HONEST);
    await honest.acknowledged(2 * NUM_HONEST);
    let [before, versionBefore]: [Float32Array, number] = [new Float32Array(0), 0];
    let [after, versionAfter] = [before, 0];
    for (let i = 0; i < numUpdates; i++) {
      const { answer, values, version } = await lie(liar, -500 * HONEST_DELTA);
      assert(answer.ok, 'an update of a size that one step might have is clipped, not refused');
      if (i === 0) [before, versionBefore] = [values, version];
      [after, versionAfter] = [values, version];
    }
    liar.close();
    honest.close();

    const moved = Math.max(...after.map((value, j) => Math.abs(value - before[j]!)));
    const bound = (versionAfter - versionBefore) * CLIP * HONEST_DELTA;
    assert(moved <= 1.01 * bound, `the model moved by ${moved}, at most ${bound} is within the limit`);
    const records = readFileSync(join(ground.runFolder, 'metrics.jsonl'), 'utf8').trim().split('\n');
    const updates = records.flatMap((line) => (JSON.parse(line) as StepRecord).updates);
    const lies = updates.filter(({ deviceId }) => deviceId === joined.deviceId);
    for (const { samples } of lies) assert(samples <= HONEST_SAMPLES, `a lie counted as ${samples} samples`);
    const mass = (of: typeof updates) => of.reduce((sum, { samples, weight }) => sum + samples * weight, 0);
    return {
      lies: lies.length,
      shareOfUpdates: share(lies.length / updates.length),
      shareOfWeight: share(mass(lies) / mass(updates)),
      movedPerVersion: (moved / (versionAfter - versionBefore)).toExponential(1),
    };
  },
};

/** Answers the next assignment with a lie; tells what its answer was and how the model stood. */
async function lie(liar: LoadDevice, delta: number) {
  const { assignment, values } = await liar.nextAssignment();
  const header = { ...loadHeader(assignment.assignmentId, TINY_TENSOR_SIZES.length), ...LIES };
  const answer = await liar.send('update', header, new Float32Array(NUM_PARAMETERS).fill(delta));
  return { answer, values, version: assignment.baseVersion };
}

const share = (part: number): number => Math.round(1000 * part) / 1000;
