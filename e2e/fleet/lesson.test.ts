import { expect, test } from 'vitest';
import { CLASSROOM, planLesson } from './lesson.ts';

const NUM_TABS = 30;

test('thirty come within twenty seconds; ten reload or sleep, three share storage and are among them', () => {
  const parts = planLesson(CLASSROOM, NUM_TABS, 1);
  const kindsOf = (from: typeof parts) => from.map(({ mishap }) => mishap.kind);
  expect(parts).toHaveLength(NUM_TABS);
  expect(Math.max(...parts.map(({ joinAtMs }) => joinAtMs))).toBeLessThanOrEqual(20_000);
  expect(Math.max(...parts.map(({ joinAtMs }) => joinAtMs))).toBeGreaterThan(10_000);
  expect(kindsOf(parts).filter((kind) => kind === 'reload')).toHaveLength(5);
  expect(kindsOf(parts).filter((kind) => kind === 'sleep')).toHaveLength(5);
  expect(kindsOf(parts.filter(({ sharesStorage }) => sharesStorage))).toEqual(['reload', 'sleep', 'reload']);
  const sleeps = parts.flatMap(({ mishap }) => (mishap.kind === 'sleep' ? [mishap.forMs / 1000] : []));
  expect(sleeps).toEqual(CLASSROOM.sleepSeconds);
});

test('the same seed makes the same lesson, another one another', () => {
  expect(planLesson(CLASSROOM, NUM_TABS, 5)).toEqual(planLesson(CLASSROOM, NUM_TABS, 5));
  expect(planLesson(CLASSROOM, NUM_TABS, 5)).not.toEqual(planLesson(CLASSROOM, NUM_TABS, 6));
});

test('every reload and sleep finds its tab, whatever their numbers, and a class too small is refused', () => {
  const lesson = { ...CLASSROOM, numReloads: 1, sleepSeconds: [1, 2, 3, 4] };
  const kinds = planLesson(lesson, 5, 1).map(({ mishap }) => mishap.kind);
  expect(kinds).toEqual(['reload', 'sleep', 'sleep', 'sleep', 'sleep']);
  expect(() => planLesson(CLASSROOM, 9, 1)).toThrow('tabs must be at least 10 for this lesson, got 9');
});
