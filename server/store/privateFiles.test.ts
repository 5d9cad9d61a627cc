import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openDurableCoordinator } from './durableCoordinator.ts';
import { makePrivateFolder } from './privateFiles.ts';
import { filesOf } from './testing/harm.ts';
import { claimSmallRun, smallRunOptions } from './testing/smallRun.ts';

let base = '';
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'minnow-private-'));
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);

it('folders and files of a run are their owner’s alone', async () => {
  const before = process.umask();
  const folder = join(base, 'run');
  claimSmallRun(folder);
  const run = await openDurableCoordinator(smallRunOptions(folder));
  await run.noteEvaluation({ version: 0, score: 0.5, accuracy: 0.5, loss: 1 });
  await run.checkpoint();
  run.store.writeFile('settings.json', '{}');
  await run.close();
  expect(before & 0o077).not.toBe(0o077); // else the test says nothing
  for (const path of filesOf(folder)) expect([path, modeOf(path)]).toEqual([path, '600']);
  for (const path of [folder, join(folder, 'journal'), join(folder, 'checkpoints')])
    expect([path, modeOf(path)]).toEqual([path, '700']);
});

it('a folder that was open to others is tightened, and that is said; one that many share is left', () => {
  const open = join(base, 'open');
  mkdirSync(open, { mode: 0o755 });
  expect(makePrivateFolder(open)).toBe(
    `${open} was open to other users of this machine; now it is yours alone.`,
  );
  expect(modeOf(open)).toBe('700');
  expect(makePrivateFolder(open)).toBeNull();
  const shared = join(base, 'shared');
  mkdirSync(shared);
  chmodSync(shared, 0o1777);
  expect(makePrivateFolder(shared)).toBeNull();
  expect(modeOf(shared)).toBe('777');
});
