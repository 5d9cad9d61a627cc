import { expect, test } from 'vitest';
import type { DeviceStatus, RunStatus } from '../../shared/contract/status.ts';
import { findProblems, quantile } from './lessonRecord.ts';
import type { LessonRecord, PupilRecord } from './lessonRecord.ts';

const pupil = (name: string, more: Partial<PupilRecord> = {}): PupilRecord => ({
  name,
  mishap: 'none',
  isSecureContext: false,
  joinedAtMs: 100,
  joinToFirstStepMs: 900,
  deviceIds: [`d-${name}`, `d-${name}`],
  isSlowed: [false, false],
  trainedAgain: false,
  resumes: 0,
  updates: 5,
  failures: [],
  ...more,
});
const device = (name: string, more: Partial<DeviceStatus> = {}) =>
  ({ deviceId: `d-${name}`, name, connected: true, updates: 5, ...more }) as DeviceStatus;
function run(devices: DeviceStatus[], more: Partial<RunStatus> = {}): RunStatus {
  const accepted = devices.reduce((sum, { updates }) => sum + updates, 0);
  return { devices, accepted, refusals: {}, ...more } as RunStatus;
}

/** Three tabs and a stranger's device from before; the second reloaded and is slowed. */
function lesson(more: Partial<LessonRecord> = {}): LessonRecord {
  return {
    pupils: [
      pupil('a'),
      pupil('b', { mishap: 'reload', trainedAgain: true, resumes: 1, isSlowed: [true, true, true] }),
      pupil('c', { mishap: 'sleep', trainedAgain: true }),
    ],
    isInsecure: true,
    numSlowedExpected: 1,
    before: run([device('x')], { refusals: { malformed: 1 } }),
    after: run([device('x'), device('a'), device('b', { updates: 6 }), device('c')], {
      refusals: { malformed: 1, superseded: 1, stale: 3 },
    }),
    ...more,
  };
}
function withPupil(index: number, more: Partial<PupilRecord>): LessonRecord {
  const { pupils } = lesson();
  return lesson({ pupils: pupils.map((each, i) => (i === index ? { ...each, ...more } : each)) });
}

test('a good lesson has no problems, an update that a reload hid and old refusals included', () => {
  expect(findProblems(lesson())).toEqual([]);
});

test.each([
  ['a.*was device d-a and became d-z', withPupil(0, { deviceIds: ['d-a', 'd-z'] })],
  ['a shares its device with b', withPupil(0, { deviceIds: ['d-b'] })],
  ['device d-b, which the server calls "b"', withPupil(0, { deviceIds: ['d-b'] })],
  ['a handed in 4 updates, and the server counts 5', withPupil(0, { updates: 4 })],
  ['a handed in 6 updates, and the server counts 5', withPupil(0, { updates: 6 })],
  ['b handed in 1 updates, and the server counts 6', withPupil(1, { updates: 1 })],
  ['b handed in 7 updates, and the server counts 6', withPupil(1, { updates: 7 })],
  ['b did not resume its session', withPupil(1, { resumes: 0 })],
  ['b lost its pace', withPupil(1, { isSlowed: [true, false, true] })],
  ['1 devices were to be held back, and 0 were', withPupil(1, { isSlowed: [false, false, false] })],
  ['c did not train again after its sleep', withPupil(2, { trainedAgain: false })],
  ['c never trained', withPupil(2, { joinToFirstStepMs: -1 })],
  ['c: the page crashed', withPupil(2, { failures: ['the page crashed'] })],
  ['c was to be in an insecure context', withPupil(2, { isSecureContext: true })],
])('%s', (problem, record) => {
  expect(findProblems(record).join('\n')).toMatch(new RegExp(problem));
});

test('what the server does not know, has twice, counts otherwise or refused is told', () => {
  const [x, a, b, c] = lesson().after.devices as [DeviceStatus, DeviceStatus, DeviceStatus, DeviceStatus];
  const problemsOf = (after: RunStatus) => findProblems(lesson({ after })).join('\n');
  expect(problemsOf(run([x, a, b]))).toMatch(/c is device d-c, which the server does not know/);
  expect(problemsOf(run([x, a, b]))).toMatch(/3 tabs came, and the server has 2 devices/);
  expect(problemsOf(run([x, a, b, c, device('c', { deviceId: 'd-9' })]))).toMatch(/the server has 4 devices/);
  expect(problemsOf(run([x, a, b, { ...c, connected: false }]))).toMatch(/c is not connected/);
  expect(problemsOf(run([x, a, b, c], { accepted: 20 }))).toMatch(/took in 20 updates, and counts 21/);
  expect(problemsOf(run([x, a, b, c], { refusals: { badToken: 2 } }))).toMatch(
    /refused 2 messages as "badToken"/,
  );
});

test('a tab without an update on either side is told', () => {
  const after = run([device('x'), device('a', { updates: 0 }), device('b'), device('c')]);
  const { pupils } = withPupil(0, { updates: 0 });
  expect(findProblems(lesson({ pupils, after }))).toEqual(['a never had an update accepted.']);
});

test('a quantile is one of the values', () => {
  const values = [30, 10, 20, 40, 50, 60, 70, 80, 90, 100];
  expect([0, 0.5, 0.95, 1].map((share) => quantile(values, share))).toEqual([10, 50, 100, 100]);
  expect(quantile([], 0.5)).toBeNaN();
});
