// Messages of every kind with everything wrong in them that one thinks of, from a seed: types, sizes, depths, names, attachments,
// acknowledgements, and packets that are none.

import assert from 'node:assert/strict';
import { joinRawSocket, openRawSocket } from '../../server/testing/rawSocket.ts';
import { createRandom, type Random } from '../../shared/random.ts';
import type { Attack } from '../attack.ts';
import { startHonestDevices } from '../honestDevices.ts';

const EVENTS = [
  'join',
  'shard',
  'ready',
  'update',
  'probe',
  'budget',
  'leave',
  'nonsense',
  '__proto__',
  'disconnect',
];
/** As text: JSON knows no way to say some of them. */
const VALUES = [
  'null',
  'true',
  '-1',
  '0',
  '0.5',
  '9007199254740993',
  '1e999',
  '-1e999',
  '""',
  '[]',
  '{}',
  '[-1,-1,-1,-1]',

  '{"__proto__":{"ok":true}}',
  '{"constructor":{"prototype":{"ok":true}}}',
  '{"held":[-1,-1,-1,-1],"assignmentId":"killed-0","steps":1e999,"samples":-1}',
  '{"held":"x","width":{"ratio":0,"offset":9}}',
  '{"run":"","token":"a.b","budgetBytes":1e300,"dataSeed":-2,"device":[]}',
  '{"run":{},"token":[],"budgetBytes":"1"}',
  '{"toString":null,"valueOf":1,"length":-1}',
  '{"_placeholder":true,"num":7}',
  '"\\u0000\\ud800"',
];
const PACKETS = [
  '',
  '4',
  '9',
  '1',
  '6',
  '7',
  '44/device',
  '41/device,',
  '42',
  '42/device,',
  '40/other,{}',
  '40/device,{',
  '2/device,{',
];
const A_SOCKET = 25;
const AT_ONCE = 8;
const MOST_MORE_BYTES = 128 * 2 ** 20;

function valueOf(random: Random): string {
  if (random.integer(20) === 0) return JSON.stringify('x'.repeat(5000));
  if (random.integer(20) === 0) return `${'['.repeat(2000)}${']'.repeat(2000)}`;
  return VALUES[random.integer(VALUES.length)]!;
}

function packetOf(random: Random): string | Uint8Array {
  const kind = random.integer(12);
  if (kind === 0) return PACKETS[random.integer(PACKETS.length)]!;
  if (kind === 1) return Uint8Array.from({ length: random.integer(200) }, () => random.integer(256));
  const id = random.integer(4) === 0 ? '' : String(random.integer(1000));
  const event =
    random.integer(20) === 0 ? valueOf(random) : JSON.stringify(EVENTS[random.integer(EVENTS.length)]);
  const values = Array.from({ length: random.integer(4) }, () => valueOf(random));
  const isBinary = kind === 2;
  return `${isBinary ? '451-' : '42'}/device,${id}[${[event, ...values].join(',')}]`;
}

export const attack: Attack = {
  name: 'malformed',
  against: 'network',
  claim:
    'malformed messages of every kind end their own sockets, and nothing else: no crash, no growth, honest devices are served',
  async run(ground, length, tell) {
    const target = await ground.start();
    const honest = await startHonestDevices(target.url, 4);
    await honest.acknowledged(20);
    const wanted = length === 'short' ? 10_000 : 1_000_000;
    let sent = 0;
    let sockets = 0;
    let before = 0;
    async function pester(seed: number): Promise<void> {
      const random = createRandom(seed);
      while (sent < wanted) {
        sockets++;
        const { socket, closed } = await (random.integer(2) === 0 ? openRawSocket : joinRawSocket)(
          target.url,
        );
        for (let k = 0; k < A_SOCKET && socket.readyState === socket.OPEN; k++, sent++)
          socket.send(packetOf(random));
        // A message that cannot be missed: what was sent before has been heard when the socket closes over it.
        socket.send('9');
        await closed;
        tell(Math.min(sent, wanted), wanted);
        // What the server holds once it is warm.
        if (before === 0 && sent > wanted / 4) before = target.residentBytes();
      }
    }
    const firstAnswer = honest.numAcknowledged;
    await Promise.all(Array.from({ length: AT_ONCE }, (_, k) => pester(k + 1)));
    const times = honest.answerTimesMs.slice(firstAnswer).sort((a, b) => a - b);
    await honest.acknowledged(20);
    honest.close();
    const more = target.residentBytes() - before;
    assert.ok(target.isAlive);
    assert.ok(more < MOST_MORE_BYTES, `the server has grown by ${more} bytes`);
    assert.equal(({} as { ok?: boolean }).ok, undefined);
    const { refusals } = await target.status();
    assert.ok(refusals.malformed! > 0);
    assert.doesNotMatch(target.log, /A fault/);
    return {
      messages: sent,
      sockets,
      medianMsOfHonest: Math.round(10 * times[times.length >> 1]!) / 10,
      residentMiBMore: Math.round(more / 2 ** 20),
    };
  },
};
