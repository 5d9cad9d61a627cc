// Runs that an older version wrote are gone on with, and are what they were to the last bit. See testing/goldenRuns.ts.

import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { TINY_TASK, tinyServerOptions } from '../testing/tinyTask.ts';
import { startServer } from '../startServer.ts';
import { openDurableCoordinator } from './durableCoordinator.ts';
import { readJournal } from './journal.ts';
import { journalFolder } from './runJournal.ts';
import { readManifest } from './runManifest.ts';
import { describeState, JOURNALLED, RESTARTED } from './testing/goldenRuns.ts';
import { smallRunOptions } from './testing/smallRun.ts';
import { verifyRun } from './verifyRun.ts';
import { nodeDisk } from './nodeDisk.ts';

const RUNS = [
  ['restarted', RESTARTED],
  ['journalled', JOURNALLED],
] as const;

let base = '';
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'minnow-golden-'));
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

/** As it was begun: what is usual may have changed since. */
const configOf = (folder: string) => readManifest(folder)!.config;

/** An opening changes the folder. */
function copyOf(folder: string): string {
  const copy = join(base, 'small');
  cpSync(folder, copy, { recursive: true });
  return copy;
}

it.each(RUNS)('the %s run is whole, and restored as it was', async (name, folder) => {
  const copy = copyOf(folder);
  const { damages, lost, ...report } = verifyRun(copy);
  expect(damages).toEqual([]);
  expect(lost).toBe(0);
  const run = await openDurableCoordinator(smallRunOptions(copy, configOf(copy)));
  const found = { report, state: describeState(run) };
  await run.close();
  await expect(`${JSON.stringify(found, null, 2)}\n`).toMatchFileSnapshot(`testing/golden/${name}.json`);
});

it.each(RUNS)('a server of today goes on with the %s run', async (_, folder) => {
  copyOf(folder);
  const { version } = verifyRun(folder);
  const { numShards, samplesPerShard } = TINY_TASK.dealing;
  const server = await startServer({
    ...tinyServerOptions(base, [configOf(folder)]),
    numShards,
    samplesPerShard,
  });
  expect(server.status().runs[0]).toMatchObject({ id: 'small', version });
  await server.close();
});

it('an event of every kind is among what was journalled', () => {
  const entries = readJournal(nodeDisk, journalFolder(JOURNALLED), 0);
  const kinds = new Set<string>();
  for (let step = entries.next(); !step.done; step = entries.next()) kinds.add(step.value.kind);
  expect([...kinds].sort()).toEqual([
    'clockAdvanced',
    'deviceExempted',
    'deviceJoined',
    'deviceLeft',
    'deviceLost',
    'deviceReady',
    'deviceRemoved',
    'evaluated',
    'probeReceived',
    'schemeFound',
    'serverStarted',
    'settingsChanged',
    'updateReceived',
    'updateRefused',
  ]);
});
