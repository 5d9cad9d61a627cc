// The gateway on a real server, with real sockets; only the devices' deltas are made up.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type LoadDevice } from '../testing/loadDevice.ts';
import { tinyRun } from '../testing/tinyTask.ts';
import {
  accepted,
  delta,
  HOLDS_NOTHING,
  NUM_PARAMETERS,
  openGatewayScene,
  refused,
  until,
} from '../testing/gatewayScene.ts';

const { server, runsDir, one, deviceOf, restart, connect, connectAndJoin, connectWithWork } =
  openGatewayScene();

/** The demo shard that it is given, in hex. */
async function shardOf(device: LoadDevice): Promise<string> {
  const answer = accepted(await device.send<{ samples: number; data: Buffer }>('shard'));
  expect(answer).toMatchObject({ samples: 10 });
  expect(answer.data.byteLength).toBe(10 * 4 + 10);
  return Buffer.from(answer.data).toString('hex');
}

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
    expect(server().runs.map((run) => run.status().devices.length)).toEqual([0, 1]);
  });

  it('frees its assignment at once when it leaves, and is heard no more', async () => {
    const { device, joined } = await connectWithWork();
    accepted(await device.send('leave'));
    expect(one().assignmentsOut).toBe(0);
    expect(deviceOf(joined.deviceId).connected).toBe(false);
    expect(refused(await device.send('ready', HOLDS_NOTHING)).code).toBe('outOfOrder');
    const file = join(runsDir(), 'one', 'devices.jsonl');
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
    server().runs[0]!.end();
    await server().runs[0]!.whenEnded;
    expect(await device.ended).toMatchObject({ code: 'runEnded' });
    expect(deviceOf(joined.deviceId).connected).toBe(false);
    const late = await connect();
    expect(refused(await late.join({ token: joined.token })).code).toBe('runEnded');
    accepted(await late.join({ run: 'two' }));
  });
});
