import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { followSchedule } from './followSchedule.ts';
import type { TabPlan } from './planTabs.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function openTab(numFailures: number) {
  const log: string[] = [];
  let failuresLeft = numFailures;
  const tab = {
    plan: { profile: { schedule: { staySeconds: 30, awaySeconds: 10 } } } as TabPlan,
    async leave() {
      log.push('leave');
    },
    async join() {
      log.push('join');
      if (failuresLeft-- > 0) throw new Error('no server');
    },
  };
  return { tab, log };
}

it('leaves and returns in turn until it is told to end', async () => {
  const { tab, log } = openTab(0);
  const closing = new AbortController();
  followSchedule(tab, closing.signal);
  await vi.advanceTimersByTimeAsync(30_000);
  expect(log).toEqual(['leave']);
  await vi.advanceTimersByTimeAsync(40_000);
  expect(log).toEqual(['leave', 'join', 'leave']);
  closing.abort();
  expect(vi.getTimerCount()).toBe(0);
});

it('tries again when the server is not there as it returns', async () => {
  const { tab, log } = openTab(2);
  const closing = new AbortController();
  followSchedule(tab, closing.signal);
  await vi.advanceTimersByTimeAsync(50_000);
  expect(log).toEqual(['leave', 'join', 'join', 'join']);
  await vi.advanceTimersByTimeAsync(30_000);
  expect(log.at(-1)).toBe('leave');
  closing.abort();
  expect(vi.getTimerCount()).toBe(0);
});
