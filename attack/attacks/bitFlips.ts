// One flipped bit anywhere in the files of a run that was killed: every byte in the long form.

import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { filesOf, flipBit } from '../../server/store/testing/harm.ts';
import { isSameOrTold, makeSmallRun, readSmallRun } from '../../server/store/testing/smallRun.ts';
import { createRandom } from '../../shared/random.ts';
import type { Attack } from '../attack.ts';

const SEED = 9;
const SHORT = 300;

export const attack: Attack = {
  name: 'bitFlips',
  against: 'disk',
  claim:
    'a run with a flipped bit in any of its files is found as it was, or its next start tells what is lost',
  async run(ground, length) {
    const random = createRandom(SEED);
    const folder = join(ground.runsDir, 'small');
    const before = await makeSmallRun(folder, SEED);
    let [flips, told] = [0, 0];
    const bytes = filesOf(folder).flatMap((file) =>
      Array.from({ length: statSync(file).size }, (_, byte) => ({ file, byte })),
    );
    const stride = length === 'short' ? Math.ceil(bytes.length / SHORT) : 1;
    for (let k = random.integer(stride); k < bytes.length; k += stride) {
      const { file, byte } = bytes[k]!;
      const bit = byte * 8 + random.integer(8);
      const mend = flipBit(file, bit);
      const found = readSmallRun(folder);
      assert.ok(isSameOrTold(found, before), `bit ${bit} of ${file}`);
      flips++;
      if (found.kind === 'told') told++;
      mend();
    }
    assert.deepEqual(readSmallRun(folder), before);
    return { flips, told, bytes: bytes.length };
  },
};
