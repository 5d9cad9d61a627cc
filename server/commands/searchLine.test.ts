import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { RunStatus } from '../../shared/contract/status.ts';
import type { SearchStatus } from '../../shared/contract/waiting.ts';
import type { CoordinatorStatus } from '../../shared/federation/status.ts';
import { showSearch } from './searchLine.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const COURSE: readonly (SearchStatus | null)[] = [
  null,
  { doing: 'probing', done: 0, of: 18 },
  { doing: 'probing', done: 12, of: 18 },
  { doing: 'searching', done: 40, of: 100 },
  null,
  null,
];
const FEDERATION = { choices: [{ choice: { trainedShare: 0.774 } }] } as unknown as CoordinatorStatus;

/** What is written while a search takes its course. */
function written(isTTY: boolean): string[] {
  const texts: string[] = [];
  let search: SearchStatus | null = null;
  const run = { status: () => ({ search }) as RunStatus, federation: () => FEDERATION };
  const timer = showSearch(run, { isTTY, write: (text) => texts.push(text) });
  for (const each of COURSE) {
    search = each;
    vi.advanceTimersByTime(500);
  }
  clearInterval(timer);
  return texts;
}

it('keeps one line of a terminal up to date', () => {
  expect(written(true).join('').split('\r\u001B[K')).toEqual([
    '',
    'Search: probing, 0 of 18',
    'Search: probing, 12 of 18',
    'Search: searching, 40 %',
    'Search: done, devices train 77.4 % of the model\n',
  ]);
});

it('writes a line at each turn where there is no terminal', () => {
  expect(written(false).join('')).toBe(
    'Search: probing, 0 of 18\nSearch: searching, 40 %\nSearch: done, devices train 77.4 % of the model\n',
  );
});
