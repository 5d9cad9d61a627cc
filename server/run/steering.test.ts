import { expect, test } from 'vitest';
import type { Pace } from '../../shared/contract/pace.ts';
import { createSteering } from './steering.ts';

function open(deviceIds: string[]) {
  const steering = createSteering();
  const told = new Map<string, Pace>();
  steering.attach({
    connected: () => deviceIds,
    tell: (deviceId, pace) => told.set(deviceId, pace),
  });
  return { steering, told };
}
const IDS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];

test('half of the devices are every second one, a quarter every fourth, and the rest are let go', () => {
  const { steering, told } = open(IDS);
  steering.slowDown(IDS, 0.5, 10);
  expect(IDS.filter((id) => told.get(id)!.slowdown === 10)).toEqual(['b', 'd', 'f', 'h']);
  steering.slowDown(IDS, 0.25, 5);
  expect(IDS.map((id) => told.get(id)!.slowdown)).toEqual([1, 1, 1, 5, 1, 1, 1, 5]);
  steering.slowDown(IDS, 1, 2);
  expect(IDS.every((id) => steering.slowdownOf(id) === 2)).toBe(true);
  steering.slowDown(IDS, 1, 1);
  expect(IDS.every((id) => told.get(id)!.slowdown === 1)).toBe(true);
});

test('a pause holds those who come later as well', () => {
  const { steering, told } = open(['a']);
  steering.setPaused(true);
  expect(told.get('a')).toEqual({ slowdown: 1, isPaused: true });
  expect(steering.paceOf('later')).toEqual({ slowdown: 1, isPaused: true });
  steering.setPaused(false);
  expect(told.get('a')).toEqual({ slowdown: 1, isPaused: false });
});
