// The personal model and the try-out beside a run, on a device with the real engine and a scripted server and storage.

import { expect, test, vi } from 'vitest';
import { planTraining } from '../../../shared/engine/planTraining.ts';
import { EMPTY_SCHEME, fullScheme, layerScheme } from '../../../shared/engine/scheme.ts';
import { SMALL_TASK } from '../../../shared/localWork/testing/smallTask.ts';
import { joinedAs } from '../testing/scriptedServer.ts';
import { PARAMETERS, startOwnDevice, unusualSamples, wholeAssignment } from '../testing/ownDevice.ts';

const { model } = SMALL_TASK;
const FULL = fullScheme(model);
const HEAD = layerScheme(model, ['head']);
/** What arenas of the small task need: training all of it, and asking it. */
const FULL_BYTES = planTraining(model, FULL, { batch: 8 }).deviceBytes;
const ASK_BYTES = planTraining(model, EMPTY_SCHEME, { batch: 1 }).deviceBytes;
const INPUT = unusualSamples(1).inputs;
const someTurns = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
};

test('the personal model takes the place of the arena in mid-assignment; never are there two', async () => {
  const { server, device, logged, newest, arenas, states } = startOwnDevice({ budgetBytes: FULL_BYTES });
  await logged('ready');
  const own = await device.own();
  await own.addOwn(unusualSamples(30));
  device.setPaused(true);
  await server.assign(...wholeAssignment('a1', FULL));
  expect(arenas.bytes).toBe(FULL_BYTES);
  const made = own.trainPersonal();
  await vi.waitFor(() => expect(newest().own.personal.progress).toBeGreaterThan(0));
  expect(newest()).toMatchObject({ deviceBytes: 0, phase: 'waiting', own: { isRunResting: true } });
  expect(newest().own.deviceBytes).toBe(arenas.bytes);
  // Work that comes meanwhile is not taken.
  expect(await server.assign(...wholeAssignment('a2', FULL))).toBe(false);
  await made;
  device.setPaused(false);
  await logged('ready', 2);
  expect(server.log).not.toContain('update a1');
  await server.assign(...wholeAssignment('a3', FULL));
  await logged('update a3');
  expect(arenas.mostBytes).toBe(FULL_BYTES);
  const shown = states.map(({ own }) => own.personal.progress);
  expect(shown).toEqual([...shown].sort((a, b) => a - b));
});

test('an update that is on its way is waited for before the arena goes', async () => {
  const { server, device, logged, newest } = startOwnDevice();
  await logged('ready');
  const own = await device.own();
  await own.addOwn(unusualSamples(10));
  let making: Promise<void> | undefined;
  const answered = new Promise<void>((resolve) => {
    server.updateAnswer = () => {
      making = own.trainPersonal();
      return { ok: true, version: 4, staleness: 1, duplicate: false };
    };
    server.answered = resolve;
  });
  await server.assign(...wholeAssignment('a1', FULL));
  await answered;
  await making;
  expect(newest()).toMatchObject({ updates: 1, refused: 0, version: 4 });
  await logged('ready', 2);
});

test('a model that cannot be had makes no personal one, and the run goes on', async () => {
  const { server, device, logged, newest, served, arenas } = startOwnDevice({ budgetBytes: FULL_BYTES });
  served.isDown = true;
  await logged('ready');
  const own = await device.own();
  await own.addOwn(unusualSamples(10));
  await expect(own.trainPersonal()).rejects.toThrow('could not be fetched');
  expect(newest().own.personal).toMatchObject({
    phase: 'failed',
    problem: { name: 'serverSilent', message: expect.stringContaining('fetched') },
  });
  await server.assign(...wholeAssignment('a1', FULL));
  await logged('update a1');
  await expect(own.predict(INPUT)).rejects.toThrow('could not be fetched');
  expect(arenas.bytes).toBe(0);
  expect(newest().own.isRunResting).toBe(false);
  await server.assign(...wholeAssignment('a2', FULL));
  await logged('update a2');
});

test('beside the run where the budget allows it, the try-out costs the run nothing', async () => {
  const { server, device, logged, newest, arenas } = startOwnDevice({ budgetBytes: FULL_BYTES + ASK_BYTES });
  await logged('ready');
  const own = await device.own();
  device.setPaused(true);
  await server.assign(...wholeAssignment('a1', FULL));
  await own.predict(INPUT);
  expect(newest()).toMatchObject({ phase: 'training', deviceBytes: FULL_BYTES });
  expect(newest().own).toMatchObject({ isRunResting: false, deviceBytes: ASK_BYTES });
  expect(arenas.bytes).toBe(FULL_BYTES + ASK_BYTES);
  device.setPaused(false);
  await logged('update a1');
  await own.stopPredicting();
  expect(arenas.bytes).toBe(FULL_BYTES);
});

test('where the budget has no room beside it, the run rests until the try-out is put away', async () => {
  const { server, device, logged, newest, arenas } = startOwnDevice({ budgetBytes: FULL_BYTES });
  await logged('ready');
  const own = await device.own();
  await server.assign(...wholeAssignment('a1', FULL));
  const answers = await Promise.all([own.predict(INPUT), own.predict(INPUT)]);
  expect(answers[0]).toEqual(answers[1]);
  expect(newest().own.isRunResting).toBe(true);
  expect(arenas.bytes).toBe(ASK_BYTES);
  expect(await server.assign(...wholeAssignment('a2', FULL))).toBe(false);
  await someTurns();
  expect(server.log.filter((line) => line === 'ready')).toHaveLength(1);
  await own.stopPredicting();
  await logged('ready', 2);
  await server.assign(...wholeAssignment('a3', FULL));
  await logged('update a3');
  expect(arenas.mostBytes).toBeLessThanOrEqual(FULL_BYTES);
});

test('a larger arena of the run takes the room of the try-out, which then takes its place when asked again', async () => {
  const leastBytes = planTraining(model, EMPTY_SCHEME, { batch: 1, frozenPrecision: 'int8' }).deviceBytes;
  const budgetBytes = FULL_BYTES + leastBytes - 1;
  const { server, device, logged, newest, arenas } = startOwnDevice({ budgetBytes });
  await logged('ready');
  const own = await device.own();
  await server.assign(...wholeAssignment('a1', HEAD));
  await logged('update a1');
  await own.predict(INPUT);
  expect(newest().own).toMatchObject({ isRunResting: false, deviceBytes: ASK_BYTES });
  await server.assign(...wholeAssignment('a2', FULL));
  expect(newest().own.deviceBytes).toBe(0);
  await logged('update a2');
  await own.predict(INPUT);
  expect(newest().own).toMatchObject({ isRunResting: true, deviceBytes: ASK_BYTES });
  expect(arenas.mostBytes).toBeLessThanOrEqual(budgetBytes);
});

test('the model that is asked is renewed as versions go by, and only what changed comes', async () => {
  const { server, device, logged, newest, served, clock } = startOwnDevice();
  await logged('ready');
  const own = await device.own();
  const before = await own.predict(INPUT);
  expect(served.requests).toEqual([[-1, -1, -1, -1]]);
  const { bytesDown } = newest();
  expect(bytesDown).toBeGreaterThan(4 * 259);

  served.version = 9;
  served.parameters = PARAMETERS.map((values) => values.map((value) => 2 * value));
  await own.predict(INPUT);
  expect(served.requests).toHaveLength(1);
  server.progress({ version: 9, numDevices: 1, score: -1 });
  await own.predict(INPUT);
  // Not before its time.
  expect(served.requests).toHaveLength(1);
  clock.advance(2000);
  expect(await own.predict(INPUT)).toEqual(before);
  await vi.waitFor(async () => expect((await own.predict(INPUT)).version).toBe(9));
  expect(served.requests).toEqual([
    [-1, -1, -1, -1],
    [3, 3, 3, 3],
  ]);
  const after = await own.predict(INPUT);
  expect(after.global).not.toEqual(before.global);
  expect(newest().bytesDown).toBeGreaterThan(bytesDown);
});

test('what the models say is what they say elsewhere', async () => {
  const { device, logged } = startOwnDevice();
  await logged('ready');
  const own = await device.own();
  const { global } = await own.predict(INPUT);
  const [weights, bias, headWeights, headBias] = PARAMETERS as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const hidden = Array.from(bias, (b, unit) =>
    Math.max(
      0,
      [...INPUT].reduce((sum, x, i) => sum + (x / 255) * weights[i * 16 + unit]!, b),
    ),
  );
  const logits = Array.from(headBias, (b, c) =>
    hidden.reduce((sum, h, unit) => sum + h * headWeights[unit * 3 + c]!, b),
  );
  const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
  logits.forEach((logit, c) => expect(global[c]).toBeCloseTo(Math.exp(logit) / total, 5));
});

test('another budget, leaving and another run give up what is under way, and the run goes on', async () => {
  const { server, device, logged, newest, served, arenas } = startOwnDevice();
  await logged('ready');
  const own = await device.own();
  await own.addOwn(unusualSamples(10));
  await own.trainPersonal();
  await logged('ready', 2);

  let openGate!: () => void;
  served.gate = new Promise((resolve) => (openGate = resolve));
  const making = own.trainPersonal();
  making.catch(() => {});
  await vi.waitFor(() => expect(arenas.bytes).toBeGreaterThan(0));
  await device.setBudget(300_000);
  openGate();
  await expect(making).rejects.toThrow('given up');
  expect(newest().own).toMatchObject({ isRunResting: false, personal: { phase: 'failed' } });
  await logged('ready', 3);
  await server.assign(...wholeAssignment('a1', FULL));
  await logged('update a1');

  served.gate = null;
  await own.trainPersonal();
  await own.predict(INPUT);
  server.joinAnswer = () => joinedAs('d2', { run: 'another' });
  server.lose();
  server.restore();
  await vi.waitFor(() => expect(newest().own.personal.phase).toBe('none'));
  expect(newest().own).toMatchObject({ samples: 10, isRunResting: false });
  expect((await own.predict(INPUT)).personal).toBeNull();

  await device.leave();
  await vi.waitFor(() => expect(arenas.bytes).toBe(0));
  expect(newest()).toMatchObject({ phase: 'left', own: { deviceBytes: 0, samples: 10 } });
});

test('when the run has ended its models can be asked and made mine, in the room that it leaves', async () => {
  const { server, device, logged, newest, served, arenas } = startOwnDevice({ budgetBytes: FULL_BYTES });
  await logged('ready');
  const own = await device.own();
  await own.addOwn(unusualSamples(60));
  await server.assign(...wholeAssignment('a1', FULL));
  await logged('update a1');
  server.end({ ok: false, code: 'runEnded', message: '' });
  await vi.waitFor(() => expect(arenas.bytes).toBe(0));

  expect((await own.predict(INPUT)).personal).toBeNull();
  await own.trainPersonal();
  expect((await own.predict(INPUT)).personal).toHaveLength(3);
  await own.stopPredicting();
  expect(newest()).toMatchObject({ phase: 'ended', own: { samples: 60, personal: { phase: 'ready' } } });
  served.isDown = true;
  await expect(own.predict(INPUT)).rejects.toMatchObject({ name: 'serverSilent' });
  expect(arenas.bytes).toBe(0);
  expect(arenas.mostBytes).toBeLessThanOrEqual(FULL_BYTES);
  expect(server.log.filter((line) => line === 'ready')).toHaveLength(1);
});

test('samples of another task are put away', async () => {
  const { server, device, logged, newest } = startOwnDevice();
  await logged('ready');
  await (await device.own()).addOwn(unusualSamples(10));
  server.joinAnswer = () =>
    joinedAs('d2', { task: { ...SMALL_TASK, id: 'other', classes: ['x', 'y', 'z'] } });
  server.lose();
  server.restore();
  await vi.waitFor(() => expect(newest().own.samples).toBe(0));
  const own = await device.own();
  expect((await own.ownTask()).id).toBe('other');
});
