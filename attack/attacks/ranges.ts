// Ranges that are none: a static file library throws over them while it opens its stream.

import assert from 'node:assert/strict';
import { createRandom } from '../../shared/random.ts';
import type { Attack } from '../attack.ts';
import { get, writePages } from '../rawHttp.ts';

const RANGES = [
  'bytes=5-2',
  'bytes=-',
  'bytes=-0',
  'bytes=9-',
  'bytes=99999999999999999999-1',
  'bytes=0-0,5-2',
  'x=1-2',
];
const PATHS = [
  '/',
  '/dashboard',
  '/assets/script-1.js',
  '/api/status',
  '/api/feed/',
  '/%00',
  '/..%2f..%2fpackage.json',
];

export const attack: Attack = {
  name: 'ranges',
  against: 'network',
  claim: 'no Range and no path, however written, ends the server or reads outside of its pages',
  async run(ground, length) {
    const { port } = await ground.start({ server: { pagesFolder: writePages(ground) } });
    const random = createRandom(1);
    const count = length === 'short' ? 200 : 20_000;
    const statuses: Record<number, number> = {};
    for (let k = 0; k < count; k++) {
      const path = PATHS[random.integer(PATHS.length)]!;
      const status = await get(port, path, `Range: ${RANGES[random.integer(RANGES.length)]!}`);
      statuses[status] = (statuses[status] ?? 0) + 1;
      assert.ok(status === 404 || (status === 200 && !path.includes('%')), `${path} was answered ${status}`);
    }
    assert.equal(await get(port, '/'), 200);
    return { requests: count, answers: JSON.stringify(statuses) };
  },
};
