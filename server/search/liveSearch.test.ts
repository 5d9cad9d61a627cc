// A live run that searches: what its thread finds is in the journal, and is there again after a restart.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { connectLoadDevice } from '../testing/loadDevice.ts';
import { TINY_TENSOR_SIZES, tinyRun, tinyServerOptions } from '../testing/tinyTask.ts';
import { startServer } from '../startServer.ts';

let runsDir = '';
beforeEach(() => {
  runsDir = mkdtempSync(join(tmpdir(), 'minnow-search-'));
});
afterEach(() => rmSync(runsDir, { recursive: true, force: true }));

/** Findings in the run's journal. */
function numFound(): number {
  const folder = join(runsDir, 'searched', 'journal');
  const journal = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'latin1'));
  return journal.join('').split('"kind":"schemeFound"').length - 1;
}

it('journals what it finds and goes on with it', { timeout: 60_000 }, async () => {
  const failures: Error[] = [];
  const options = {
    ...tinyServerOptions(runsDir, [tinyRun('searched', { subset: { kind: 'weakest' } })]),
    onFailure: (error: Error) => failures.push(error),
  };
  for (const session of ['search', 'restart']) {
    const server = await startServer(options);
    const device = await connectLoadDevice(server.url, { numTensors: TINY_TENSOR_SIZES.length });
    await device.join();
    await device.send('ready', { held: TINY_TENSOR_SIZES.map(() => -1) });
    expect((await device.nextAssignment()).assignment.scheme.entries.length).toBeGreaterThan(0);
    if (session === 'search')
      await vi.waitFor(() => expect(numFound()).toBe(1), { timeout: 30_000, interval: 100 });
    device.close();
    await server.close();
  }
  expect(failures).toEqual([]);
});
