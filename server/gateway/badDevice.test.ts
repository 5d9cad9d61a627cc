// Devices that do not behave, on a real server: it costs them their own connection and nobody else anything.

import { describe, expect, it } from 'vitest';
import { PROTOCOL_VERSION, type Refusal } from '../../shared/contract/messages.ts';
import { loadHeader } from '../testing/loadDevice.ts';
import { tinyRun } from '../testing/tinyTask.ts';
import {
  accepted,
  delta,
  HOLDS_NOTHING,
  NUM_PARAMETERS,
  NUM_TENSORS,
  openGatewayScene,
  refused,
  until,
} from '../testing/gatewayScene.ts';

const { one, deviceOf, restart, connect, connectAndJoin, connectWithWork } = openGatewayScene();

/** Runs beside each case: a good device whose work must not be disturbed. */
async function expectOnlyItsOwnTrouble(trouble: () => Promise<void>): Promise<void> {
  const good = await connectWithWork();
  await trouble();
  expect(good.device.socket.connected).toBe(true);
  accepted(await good.device.update(good.assignmentId, delta()));
  expect(one().accepted).toBe(1);
}

describe('a bad device', () => {
  it.each([{ protocol: 99 }, { protocol: 'x' }, {}])('is refused a connection with %j', async (auth) => {
    const error = (await connect({ auth }).catch((reason: unknown) => reason)) as Error & { data: Refusal };
    expect(error.data).toMatchObject({ code: 'protocolVersion' });
    expect(error.data.message).toContain(`protocol version ${PROTOCOL_VERSION}`);
    expect(one().refusals.protocolVersion).toBe(1);
  });

  it.each<[string, unknown[]]>([
    ['join', [null]],
    ['join', ['x'.repeat(1000)]],
    ['nonsense', [1, 2, 3]],
    ['join', []],
    [5 as unknown as string, []],
    ['error', ['x']],
  ])('is refused a malformed %s', async (event, args) => {
    await expectOnlyItsOwnTrouble(async () => {
      const device = await connect();
      expect(refused(await device.send(event, ...args)).code).toBe('malformed');
      expect(one().refusals.malformed).toBe(1);
      accepted(await device.join());
    });
  });

  it('is refused malformed updates after joining', async () => {
    await expectOnlyItsOwnTrouble(async () => {
      const { device, assignmentId } = await connectWithWork();
      const header = loadHeader(assignmentId, NUM_TENSORS);
      const malformed: unknown[][] = [
        [header],
        [header, 'bytes'],
        [{ ...header, steps: -1 }, delta()],
        [{ ...header, held: [0] }, delta()],
        [null, delta()],
      ];
      for (const args of malformed) {
        expect(refused(await device.send('update', ...args)).code).toBe('malformed');
      }
      expect(one().refusals.malformed).toBe(malformed.length);
    });
  });

  it.each<[string, string, () => ArrayBuffer]>([
    ['wrongLength', 'too short', () => delta().buffer.slice(4)],
    ['wrongLength', 'no whole number of floats', () => delta().buffer.slice(1)],
    ['oversized', 'longer than the model', () => new ArrayBuffer(NUM_PARAMETERS * 4 + 4)],
    ['notFinite', 'not a number', () => delta(Number.NaN).buffer],
    ['notFinite', 'infinite', () => delta(Number.NEGATIVE_INFINITY).buffer],
    ['tooLarge', 'absurdly large', () => delta(1e30).buffer],
  ])('is refused as %s a delta that is %s', async (code, _what, bytes) => {
    await expectOnlyItsOwnTrouble(async () => {
      const { device, assignmentId } = await connectWithWork();
      expect(refused(await device.update(assignmentId, bytes())).code).toBe(code);
      expect(one().refusals).toEqual({ [code]: 1 });
    });
  });

  it('is refused an assignment that is unknown or not its own', async () => {
    const owner = await connectWithWork();
    const { device } = await connectWithWork();
    expect(refused(await device.update('nobody-knows-this', delta())).code).toBe('unknownAssignment');
    expect(refused(await device.update(owner.assignmentId, delta())).code).toBe('foreignAssignment');
    accepted(await owner.device.update(owner.assignmentId, delta()));
    expect(one()).toMatchObject({ accepted: 1, refusals: { unknownAssignment: 1, foreignAssignment: 1 } });
  });

  it('is refused messages out of order', async () => {
    await expectOnlyItsOwnTrouble(async () => {
      const device = await connect();
      const header = loadHeader('a', NUM_TENSORS);
      const early: [string, ...unknown[]][] = [
        ['ready', HOLDS_NOTHING],
        ['shard'],
        ['update', header, delta()],
        ['budget', 200_000],
        ['leave'],
      ];
      for (const message of early) expect(refused(await device.send(...message)).code).toBe('outOfOrder');
      accepted(await device.join());
      expect(refused(await device.join()).code).toBe('outOfOrder');
      expect(one().refusals.outOfOrder).toBe(early.length + 1);
    });
  });

  it('is refused an unknown run and a token that this server did not sign', async () => {
    const device = await connect();
    expect(refused(await device.join({ run: 'three' })).code).toBe('unknownRun');
    expect(refused(await device.join({ token: 'a.b' })).code).toBe('badToken');
    accepted(await device.join());
  });

  it('is told the smallest budget that would do, and may join with that', async () => {
    const device = await connect();
    const refusal = refused(await device.join({ budgetBytes: 100 }));
    expect(refusal.code).toBe('budgetTooSmall');
    expect(one().devices).toEqual([]);
    accepted(await device.join({ budgetBytes: refusal.smallestBudgetBytes! }));
    expect(refused(await device.send('budget', 99))).toMatchObject({
      code: 'budgetTooSmall',
      smallestBudgetBytes: refusal.smallestBudgetBytes,
    });
    expect(one().refusals.budgetTooSmall).toBe(2);
  });

  it.each<'websocket' | 'polling'>(['websocket', 'polling'])(
    'loses its connection for a message above the limit by %s, and that is counted',
    async (transport) => {
      await expectOnlyItsOwnTrouble(async () => {
        const device = await connect({ transports: [transport] });
        accepted(await device.join());
        device.socket.emit('budget', 'x'.repeat(1_000_000) as unknown as number, () => {});
        await device.disconnected;
        await until(() => one().refusals.oversized === 1);
      });
    },
  );

  it('is refused what it sends too fast, then loses its connection', async () => {
    await restart({ floodLimits: { perSecond: 1e-9, burst: 10, patience: 5 } });
    await expectOnlyItsOwnTrouble(async () => {
      const { device } = await connectAndJoin();
      const answers = Array.from({ length: 14 }, () => device.send('shard').catch(() => null));
      const codes = (await Promise.all(answers)).map((answer) => (answer as Refusal | null)?.code ?? 'ok');
      expect(codes.slice(0, 13)).toEqual([
        ...Array.from({ length: 9 }, () => 'ok'),
        ...Array.from({ length: 4 }, () => 'flood'),
      ]);
      expect(await device.ended).toMatchObject({ code: 'flood' });
      await device.disconnected;
      expect(one().refusals.flood).toBe(5);
    });
  });

  it.each<[string, () => [string, ...unknown[]]]>([
    ['malformed', () => ['nonsense']],
    ['outOfOrder', () => ['join']],
    ['unknownAssignment', () => ['update', loadHeader('x', NUM_TENSORS), delta()]],
  ])('that goes on sending what is refused as %s loses its connection after a few', async (code, message) => {
    await restart({ floodLimits: { perSecond: 1e-9, burst: 100, patience: 5 } });
    await expectOnlyItsOwnTrouble(async () => {
      const { device } = await connectAndJoin();
      for (let k = 0; k < 4; k++) expect(refused(await device.send(...message())).code).toBe(code);
      void device.send(...message()).catch(() => null);
      const end = await device.ended;
      expect(end).toMatchObject({ code: 'flood' });
      expect(end.message).toContain(code);
      await device.disconnected;
      expect(one().refusals).toEqual({ [code]: 5 });
    });
  });

  it('that only ever comes too late keeps its connection', async () => {
    await restart({ floodLimits: { perSecond: 1e-9, burst: 100, patience: 2 } });
    const { device, assignmentId } = await connectWithWork();
    accepted(await device.send('ready', HOLDS_NOTHING));
    for (let k = 0; k < 6; k++) {
      expect(refused(await device.update(assignmentId, delta())).code).toBe('leaseExpired');
    }
    expect(device.socket.connected).toBe(true);
  });

  it('that floods after joining counts as gone: its lease runs out and its budget is forgotten', async () => {
    await restart({
      runs: [tinyRun('short', { graceMs: 0 })],
      floodLimits: { perSecond: 1e-9, burst: 10, patience: 5 },
    });
    const { device, joined } = await connectWithWork();
    for (let i = 0; i < 15; i++) device.socket.emit('shard', () => {});
    expect(await device.ended).toMatchObject({ code: 'flood' });
    await until(() => !deviceOf(joined.deviceId).connected && one().assignmentsOut === 0);
  });

  it.each(['9nonsense', '2/device,{', '2/device,["connect"]', '51-/device,["update"'])(
    'that does not even speak the transport (%s) loses its connection',
    async (packet) => {
      await expectOnlyItsOwnTrouble(async () => {
        const { device, joined } = await connectAndJoin();
        device.socket.io.engine.write(packet);
        await device.disconnected;
        await until(() => !deviceOf(joined.deviceId).connected);
        expect(one().refusals.malformed).toBe(1);
      });
    },
  );
});
