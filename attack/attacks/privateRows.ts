// Who reaches the server and has no join code, and wants rows.

import assert from 'node:assert/strict';
import { connectLoadDevice } from '../../server/testing/loadDevice.ts';
import { PROTOCOL_VERSION, type Refusal } from '../../shared/contract/messages.ts';
import type { Attack } from '../attack.ts';
import { get } from '../rawHttp.ts';

const CODE = 'class-7b';

export const attack: Attack = {
  name: 'privateRows',
  against: 'network',
  claim: 'without the join code or the token nobody gets a shard or a sample, however many codes are tried',
  async run(ground, length) {
    const target = await ground.start({ server: { joinCode: CODE } });
    const connect = (code: string) =>
      connectLoadDevice(target.url, { auth: { protocol: PROTOCOL_VERSION, code }, numTensors: 4 });
    const count = length === 'short' ? 20 : 2000;
    for (let first = 0; first < count; first += 20) {
      await Promise.all(
        Array.from({ length: 20 }, async (_, k) => {
          const guess = `class-${first + k}`;
          await assert.rejects(connect(guess), ({ data }: { data?: Refusal }) => data?.code === 'badCode');
          assert.equal(await get(target.port, `/api/sample?index=0&code=${guess}`), 403);
        }),
      );
    }
    assert.equal(await get(target.port, '/api/sample?index=0'), 403);
    // Whoever has it gets in meanwhile.
    const device = await connect(CODE);
    assert.ok((await device.join()).ok);
    assert.ok((await device.send('shard')).ok);
    assert.equal(await get(target.port, `/api/sample?index=0&code=${CODE}`), 200);
    device.close();
    return { guesses: 2 * count };
  },
};
