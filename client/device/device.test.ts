// How a device joins, is refused and leaves, with the real engine and a scripted server.

import { expect, test } from 'vitest';
import { joinedAs } from './testing/scriptedServer.ts';
import { ALL, assignment, FULL, HEAD, start } from './testing/startOnSmallTask.ts';

test('work that is begun while the connection is gone does not hide that it is', async () => {
  const { server, newest, logged, begun } = start();
  await logged('ready');
  const given = server.assign(...assignment('a1', HEAD, ALL));
  server.lose();
  expect(await given).toBe(true);
  await begun();
  expect(newest()).toMatchObject({ connected: false, phase: 'connecting' });
});

test('a session that the server has forgotten starts anew: no data and no block of the old one are used', async () => {
  const { server, logged, arenas } = start();
  await logged('ready');
  await server.assign(...assignment('a1', HEAD, ALL));
  server.lose();
  server.joinAnswer = ({ token }) =>
    token === '' ? joinedAs('d2') : { ok: false, code: 'badToken', message: 'not signed here' };
  server.restore();
  await logged('ready', 2);
  expect(server.log).toEqual(['join', 'shard', 'ready', 'join', 'join', 'shard', 'ready']);
  expect(server.held[1]!.held).toEqual([-1, -1, -1, -1]);
  expect(arenas).toEqual(['created', 'disposed']);
});

test('a budget that is too small is shown, and a larger one joins again', async () => {
  const { server, device, phase, logged, newest } = start({ token: 'old', budgetBytes: 131_072 });
  server.joinAnswer = ({ budgetBytes }) =>
    budgetBytes < 200_000
      ? { ok: false, code: 'budgetTooSmall', message: 'too small', smallestBudgetBytes: 180_000 }
      : joinedAs('d1');
  await phase('refused');
  expect(newest().refusal).toMatchObject({ smallestBudgetBytes: 180_000 });
  await device.setBudget(262_144);
  await logged('ready');
  expect(newest()).toMatchObject({ refusal: null, budgetBytes: 262_144 });
});

test('a scheme that does not fit the budget is refused with the smallest budget that would do', async () => {
  const { server, logged, phase, newest } = start({ budgetBytes: 1_000 });
  await logged('ready');
  void server.assign(...assignment('a1', FULL, ALL));
  await phase('refused');
  expect(newest().refusal!.smallestBudgetBytes).toBeGreaterThan(1_000);
});

test('leaving frees the lease and the arena and forgets the token', async () => {
  const { server, device, logged, arenas, tokens, newest } = start();
  await logged('ready');
  await server.assign(...assignment('a1', FULL, ALL));
  await device.leave();
  expect(server.log).toContain('leave');
  expect(arenas).toEqual(['created', 'disposed']);
  expect(tokens).toEqual(['token of d1', '']);
  expect(newest()).toMatchObject({ phase: 'left', allocatedBytes: 0 });
});

test('an assignment that comes while the device is leaving is given up, and no fault', async () => {
  const { server, device, logged, arenas, newest } = start();
  await logged('ready');
  await server.assign(...assignment('a1', HEAD, ALL));
  await logged('update a1');
  const leaving = device.leave();
  void server.assign(...assignment('a2', FULL, ALL));
  await leaving;
  expect(newest()).toMatchObject({ phase: 'left', problem: '' });
  expect(arenas.filter((line) => line === 'disposed')).toHaveLength(
    arenas.filter((line) => line === 'created').length,
  );
});

test('a session taken over by another tab ends without a try to take it back', async () => {
  const { server, logged, phase } = start();
  await logged('ready');
  server.end({ ok: false, code: 'superseded', message: 'another tab' });
  await phase('ended');
  expect(server.log).toEqual(['join', 'shard', 'ready']);
});

test('a device whose run gave way to another joins that one by itself, with nothing of the old', async () => {
  const { server, logged, phase, newest, tokens, arenas } = start();
  await logged('ready');
  await server.assign(...assignment('a1', HEAD, ALL));
  await phase('training');
  server.joinAnswer = () => joinedAs('d2', { run: 'next', version: 0 });
  server.end({ ok: false, code: 'moved', message: 'another run' });
  await expect.poll(() => newest().run).toBe('next');
  await expect.poll(() => server.log.filter((line) => line === 'ready').length).toBe(2);
  // Under the name that it knows: the server knows what took that run's place.
  expect(server.joins.map(({ run, token }) => [run, token])).toEqual([
    ['test', ''],
    ['test', ''],
  ]);
  expect(server.held.at(-1)!.held.every((version) => version === -1)).toBe(true);
  expect(tokens).toEqual(['token of d1', '', 'token of d2']);
  expect(arenas).toEqual(['created', 'disposed']);
  expect(newest()).toMatchObject({ deviceId: 'd2', score: -1, refusal: null });
});

test('a removed device stays out with its token until the person asks to join again', async () => {
  const { server, device, logged, phase, newest, tokens } = start();
  await logged('ready');
  server.end({ ok: false, code: 'removed', message: 'removed' });
  await phase('ended');
  expect(newest().refusal?.code).toBe('removed');
  expect(tokens).toEqual(['token of d1']);
  server.joinAnswer = () => joinedAs('d2');
  device.joinAgain();
  await expect.poll(() => newest().deviceId).toBe('d2');
  expect(server.joins.at(-1)!.token).toBe('');
});
