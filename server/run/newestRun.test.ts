import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readSessionSecret } from '../gateway/sessionToken.ts';
import { newestRun } from './newestRun.ts';

it('is the run that was at work last, damaged or not, and nothing else that lies in the folder', () => {
  const runsDir = mkdtempSync(join(tmpdir(), 'minnow-newest-'));
  expect(newestRun(join(runsDir, 'none'))).toBeUndefined();
  readSessionSecret(runsDir);
  mkdirSync(join(runsDir, 'notes'));
  expect(newestRun(runsDir)).toBeUndefined();
  for (const [name, file, atSeconds] of [
    ['first', 'config.json', 1000],
    ['second', 'acknowledged', 3000],
    ['third', 'config.json', 2000],
  ] as const) {
    mkdirSync(join(runsDir, name, 'journal'), { recursive: true });
    for (const each of ['config.json', 'journal/0.log', file]) writeFileSync(join(runsDir, name, each), '');
    for (const each of ['config.json', 'journal', file])
      utimesSync(join(runsDir, name, each), atSeconds, atSeconds);
  }
  expect(newestRun(runsDir)).toBe('second');
  rmSync(join(runsDir, 'second', 'config.json'));
  expect(newestRun(runsDir)).toBe('second');
  rmSync(runsDir, { recursive: true });
});
