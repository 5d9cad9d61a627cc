// Guesses at the token that steers.

import assert from 'node:assert/strict';
import { createAdminGuard } from '../../server/http/admin/adminToken.ts';
import { readSessionSecret } from '../../server/gateway/sessionToken.ts';
import type { Attack } from '../attack.ts';

/** Guesses of one address that are tried at once, or that wait for a second to be tried; and those for each second. */
const AT_ONCE = 10 + 200;
const A_SECOND = 200 + 1 / 6;

export const attack: Attack = {
  name: 'wrongTokens',
  against: 'network',
  claim: 'guesses are answered late or not at all, and whoever has the token is answered at once meanwhile',
  async run(ground, length) {
    const target = await ground.start();
    const { token } = createAdminGuard(readSessionSecret(ground.runsDir));
    const ask = async (given: string): Promise<number> => {
      const headers = { authorization: `Bearer ${given}` };
      const answer = await fetch(`${target.url}/api/admin/check`, { headers });
      await answer.arrayBuffer();
      return answer.status;
    };
    const count = length === 'short' ? 500 : 20_000;
    const statuses: Record<number, number> = {};
    let numDone = 0;
    const guess = async (k: number): Promise<void> => {
      const status = await ask(`${token.slice(1)}${k}`);
      statuses[status] = (statuses[status] ?? 0) + 1;
      numDone++;
    };
    const begin = performance.now();
    const rounds = count / 500;
    for (let round = 0; round < rounds; round++) {
      const guesses = Promise.all(Array.from({ length: 500 }, (_, k) => guess(k)));
      assert.equal(await ask(token), 200);
      await guesses;
    }
    assert.equal(numDone, count);
    assert.equal(statuses[200], undefined);
    const most = AT_ONCE + (A_SECOND * (performance.now() - begin)) / 1000;
    assert.ok(
      statuses[401]! > 0 && statuses[401]! <= most,
      `${JSON.stringify(statuses)}, at most ${most} tried`,
    );
    assert.ok(target.isAlive);
    return { guesses: count, answers: JSON.stringify(statuses) };
  },
};
