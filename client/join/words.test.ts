import { expect, test } from 'vitest';
import { initialDeviceState, type DeviceState } from '../device/deviceState.ts';
import { activityOf, dataLineOf, engineOf, formatShare, headlineOf, noticeOf, statusOf } from './words.ts';

const START = initialDeviceState({
  server: 'http://minnow.test',
  run: '',
  token: '',
  name: '',
  profile: '',
  budgetBytes: 196_608,
  flopsPerSecond: 0,
  stragglerFactor: 1,
  dataSeed: -1,
  backend: '',
  openedAtMs: 0,
  raceResults: {},
});
/** Numbers keep to their units by a space that does not break; here they read as plain ones. */
const plain = (text: string) => text.replaceAll('\u00a0', ' ');
const say = (change: Partial<DeviceState>) =>
  plain(headlineOf({ ...START, taskId: 'digits', ...change }).join(''));

test('the headline says what this device does', () => {
  const training = { phase: 'training', connected: true, trainedShare: 0.766 } as const;
  expect(say({ ...training, numDevices: 12 })).toBe('This tab trains 77 % of a digit reader with 11 others.');
  expect(say({ ...training, numDevices: 2 })).toBe('This tab trains 77 % of a digit reader with 1 other.');
  expect(say({ ...training, numDevices: 1, trainedShare: 1 })).toBe(
    'This tab trains all of a digit reader, the only one so far.',
  );
  expect(say({})).toBe('Joining …');
  expect(say({ phase: 'left', updates: 3 })).toBe(
    'You have left. 3 updates of this tab went into a digit reader.',
  );
});

test('the announced status stays the same from assignment to assignment', () => {
  const phases = (['training', 'uploading', 'waiting'] as const).map((phase) =>
    statusOf({ ...START, phase, trainedShare: 0.5 }),
  );
  expect(new Set(phases)).toEqual(new Set(['Training']));
});

test('a budget that is too small is refused with the smallest that would do', () => {
  const refusal = { ok: false, code: 'budgetTooSmall', message: '', smallestBudgetBytes: 180_000 } as const;
  expect(noticeOf({ ...START, budgetBytes: 131_072, phase: 'refused', refusal })).toBe(
    'No part of the model can be trained within 128 KiB. The smallest that would do is 176 KiB. Move the slider below to declare more.',
  );
});

test('whose data it is is said with its size', () => {
  expect(plain(dataLineOf({ ...START, samples: 240 }))).toBe(
    'Demo shard of 240 samples; nothing leaves this tab but the update.',
  );
});

test('the scalar variant is called the slow path', () => {
  expect(engineOf('wasm-scalar')).toContain('slow path');
});

test('a lost connection promises that training goes on', () => {
  const lost = { ...START, deviceId: 'd1', phase: 'connecting' } as const;
  expect(statusOf(lost)).toBe('Connection lost, trying again');
  expect(activityOf(lost)).toContain('Nothing is lost');
});

test('a share never rounds up to everything', () => {
  expect([1, 0.999, 0.994, 0.0512, 0].map((share) => plain(formatShare(share)))).toEqual([
    'all',
    '99 %',
    '99 %',
    '5.1 %',
    '0.0 %',
  ]);
});
