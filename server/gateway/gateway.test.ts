// The gateway on a real server, with real sockets; only the devices' deltas are made up.

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PROTOCOL_VERSION, type Answer, type Joined, type Refusal } from '../../shared/contract/messages.ts';
import { startServer, type RunningServer, type ServerOptions } from '../startServer.ts';
import {
  connectLoadDevice,
  loadHeader,
  type LoadDevice,
  type LoadDeviceOptions,
} from '../testing/loadDevice.ts';
import { TINY_TENSOR_SIZES, tinyRun, tinyServerOptions } from '../testing/tinyTask.ts';

const NUM_TENSORS = TINY_TENSOR_SIZES.length;
const NUM_PARAMETERS = TINY_TENSOR_SIZES.reduce((sum, size) => sum + size, 0);
const HOLDS_NOTHING = { held: TINY_TENSOR_SIZES.map(() => -1) };

let runsDir = '';
let server: RunningServer;
let devices: LoadDevice[] = [];

beforeEach(async () => {
  runsDir = mkdtempSync(join(tmpdir(), 'minnow-gateway-'));
  await start();
});
afterEach(async () => {
  for (const device of devices) device.close();
  devices = [];
  await server.close();
  rmSync(runsDir, { recursive: true, force: true });
});

async function start(options: Partial<ServerOptions> = {}): Promise<void> {
  server = await startServer({ ...tinyServerOptions(runsDir, [tinyRun('one'), tinyRun('two')]), ...options });
}

async function restart(options: Partial<ServerOptions> = {}): Promise<void> {
  await server.close();
  await start(options);
}

async function connect(options: Partial<LoadDeviceOptions> = {}): Promise<LoadDevice> {
  const device = await connectLoadDevice(server.url, { numTensors: NUM_TENSORS, ...options });
  devices.push(device);
  return device;
}

async function connectAndJoin(token = ''): Promise<{ device: LoadDevice; joined: Joined }> {
  const device = await connect();
  return { device, joined: accepted(await device.join({ token })) };
}

/** A device that has joined, asked for work and got it. */
async function connectWithWork(): Promise<{ device: LoadDevice; joined: Joined; assignmentId: string }> {
  const { device, joined } = await connectAndJoin();
  accepted(await device.send('ready', HOLDS_NOTHING));
  return { device, joined, assignmentId: (await device.nextAssignment()).assignment.assignmentId };
}

function accepted<T>(answer: Answer<T>): T {
  expect(answer).toMatchObject({ ok: true });
  return answer as T;
}

function refused(answer: Answer<object>): Refusal {
  expect(answer.ok).toBe(false);
  return answer as Refusal;
}

const delta = (value = 0.01) => new Float32Array(NUM_PARAMETERS).fill(value);
const one = () => server.runs[0]!.status();
const deviceOf = (deviceId: string) => one().devices.find((device) => device.deviceId === deviceId)!;
const until = (check: () => boolean) => expect.poll(check, { interval: 5, timeout: 10_000 }).toBe(true);

describe('a session', () => {
  it('joins, trains and uploads, each message acknowledged and each byte of payload counted', async () => {
    const { device, joined } = await connectAndJoin();
    expect(joined).toMatchObject({
      run: 'one',
      version: 0,
      numDevices: 1,
      resumed: false,
      openAssignment: '',
    });
    expect(joined.task).toMatchObject({ id: 'tiny', classes: ['low', 'high'] });
    accepted(await device.send('ready', HOLDS_NOTHING));

    const { assignment, values } = await device.nextAssignment();
    expect(assignment).toMatchObject({ baseVersion: 0, encoding: { kind: 'float32' } });
    expect(assignment.blocks.map(({ tensor }) => tensor)).toEqual([0, 1, 2, 3]);
    expect(values.length).toBe(NUM_PARAMETERS);

    const answer = accepted(await device.update(assignment.assignmentId, delta()));
    expect(answer).toMatchObject({ version: 0, staleness: 0, duplicate: false });
    // An update asks for more work: it comes by itself.
    expect((await device.nextAssignment()).assignment.assignmentId).not.toBe(assignment.assignmentId);
    expect(deviceOf(joined.deviceId)).toMatchObject({
      updates: 1,
      training: true,
      stepMsMedian: 2.5,
      bytesUp: NUM_PARAMETERS * 4,
      bytesDown: 2 * NUM_PARAMETERS * 4,
    });
  });

  it('gets the demo shard of its seed, or the next one, and the same again after coming back', async () => {
    const shardOf = async (device: LoadDevice) => {
      const answer = accepted(await device.send<{ samples: number; data: Buffer }>('shard'));
      expect(answer).toMatchObject({ samples: 10 });
      expect(answer.data.byteLength).toBe(10 * 4 + 10);
      return Buffer.from(answer.data).toString('hex');
    };
    const first = await connectAndJoin();
    const second = await connectAndJoin();
    const seeded = await connect();
    accepted(await seeded.join({ dataSeed: 5 }));
    const [a, b, c] = [await shardOf(first.device), await shardOf(second.device), await shardOf(seeded)];
    expect(a).not.toBe(b);
    expect(c).toBe(b); // 5 and 1 are the same of four shards
    first.device.close();
    expect(await shardOf((await connectAndJoin(first.joined.token)).device)).toBe(a);
  });

  it('goes on over a lost connection, with its assignment and its update counted once', async () => {
    const { device, joined, assignmentId } = await connectWithWork();
    device.close();
    await until(() => !deviceOf(joined.deviceId).connected);

    const back = await connectAndJoin(joined.token);
    expect(back.joined).toMatchObject({
      deviceId: joined.deviceId,
      resumed: true,
      openAssignment: assignmentId,
    });
    expect(accepted(await back.device.update(assignmentId, delta()))).toMatchObject({ duplicate: false });
    expect(accepted(await back.device.update(assignmentId, delta()))).toMatchObject({ duplicate: true });
    expect(one()).toMatchObject({ accepted: 1, duplicates: 1, resumes: 1, refusals: {} });
    expect(deviceOf(joined.deviceId).updates).toBe(1);
  });

  it('gives up its open assignment when it asks for other work', async () => {
    const { device, assignmentId } = await connectWithWork();
    accepted(await device.send('ready', HOLDS_NOTHING));
    expect((await device.nextAssignment()).assignment.assignmentId).not.toBe(assignmentId);
    expect(one().assignmentsOut).toBe(1);
  });

  it('goes on over a restart of the server', async () => {
    const { joined, assignmentId } = await connectWithWork();
    await restart();
    const back = await connectAndJoin(joined.token);
    expect(back.joined).toMatchObject({ resumed: true, openAssignment: assignmentId });
    accepted(await back.device.update(assignmentId, delta()));
    expect(one()).toMatchObject({ restarts: 1, resumes: 1, accepted: 1 });
  });

  it('is taken over by a second connection with its token, and the first is told', async () => {
    const first = await connectAndJoin();
    const second = await connectAndJoin(first.joined.token);
    expect(await first.device.ended).toMatchObject({ code: 'superseded' });
    await first.device.disconnected;
    accepted(await second.device.send('ready', HOLDS_NOTHING));
    expect(deviceOf(first.joined.deviceId).connected).toBe(true);
    expect(one().devices.length).toBe(1);
  });

  it('of a run that this server does not have begins anew in the default run', async () => {
    const { joined } = await connectAndJoin();
    await restart({ runs: [tinyRun('three')] });
    const back = await connectAndJoin(joined.token);
    expect(back.joined).toMatchObject({ run: 'three', resumed: false, openAssignment: '' });
  });

  it('joins the run that it names', async () => {
    const device = await connect();
    expect(accepted(await device.join({ run: 'two' })).run).toBe('two');
    expect(server.runs.map((run) => run.status().devices.length)).toEqual([0, 1]);
  });

  it('frees its assignment at once when it leaves, and is heard no more', async () => {
    const { device, joined } = await connectWithWork();
    accepted(await device.send('leave'));
    expect(one().assignmentsOut).toBe(0);
    expect(deviceOf(joined.deviceId).connected).toBe(false);
    expect(refused(await device.send('ready', HOLDS_NOTHING)).code).toBe('outOfOrder');
    const file = join(runsDir, 'one', 'devices.jsonl');
    await until(() => existsSync(file));
    const lines = readFileSync(file, 'utf8').trim().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { deviceId: joined.deviceId, browser: 'Node' },
    ]);
  });

  it('changes its budget, gives up what it had, and gets other work', async () => {
    const { device, joined, assignmentId } = await connectWithWork();
    accepted(await device.send('budget', 2 * 1024 * 1024));
    expect(deviceOf(joined.deviceId)).toMatchObject({ budgetBytes: 2 * 1024 * 1024, training: false });
    accepted(await device.send('ready', HOLDS_NOTHING));
    expect((await device.nextAssignment()).assignment.assignmentId).not.toBe(assignmentId);
    expect(one().resumes).toBe(0);
  });

  it('works by long-polling alone', async () => {
    const device = await connect({ transports: ['polling'] });
    accepted(await device.join());
    accepted(await device.send('ready', HOLDS_NOTHING));
    const { assignment, values } = await device.nextAssignment();
    expect(values.length).toBe(NUM_PARAMETERS);
    accepted(await device.update(assignment.assignmentId, delta()));
  });

  it('is told of progress', async () => {
    const { device } = await connectAndJoin();
    await until(() => device.progress.some(({ numDevices, score }) => numDevices === 1 && score >= 0));
  });

  it('ends with the run', async () => {
    const { device, joined } = await connectWithWork();
    server.runs[0]!.end();
    await server.runs[0]!.whenEnded;
    expect(await device.ended).toMatchObject({ code: 'runEnded' });
    expect(deviceOf(joined.deviceId).connected).toBe(false);
    const late = await connect();
    expect(refused(await late.join({ token: joined.token })).code).toBe('runEnded');
    accepted(await late.join({ run: 'two' }));
  });
});

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
