// A run of a task whose model is a file: it begins with the file's weights, and goes on only with them.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openOwnTask } from '../data/ownTask/openOwnTask.ts';
import { smallTfjsModel, writeModelFile } from '../data/testing/writeModelFile.ts';
import { writeTaskFile } from '../data/testing/writeTaskFile.ts';
import { startServer, type RunningServer } from '../startServer.ts';
import { tinyRun } from '../testing/tinyTask.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'minnow-model-run-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** As `npm start` does. */
async function start(): Promise<{ server: RunningServer; own: Awaited<ReturnType<typeof openOwnTask>> }> {
  const own = await openOwnTask(join(folder, 'task.json'));
  const server = await startServer({
    runs: [tinyRun('mine', { task: own.task.id, localWork: own.task.localWork })],
    runsDir: join(folder, 'runs'),
    host: '127.0.0.1',
    tasks: [own.task],
    openTask: () => Promise.resolve(own),
    taskFile: own.file,
  });
  return { server, own };
}

test('version 0 is what the file says, and a run goes on with the same file alone', async () => {
  const file = join(folder, 'model.json');
  writeTaskFile(folder, { changes: { model: 'model.json' } });
  await writeModelFile(file, smallTfjsModel(1));
  const { server, own } = await start();
  expect(server.runs[0]!.version).toBe(0);
  expect(server.runs[0]!.parameters).toEqual(own.start);
  await server.close();

  const again = await start();
  expect(again.server.runs[0]!.parameters).toEqual(own.start);
  await again.server.close();

  await writeModelFile(file, smallTfjsModel(2));
  await expect(start()).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringMatching(/holds another run: taskFile\.modelSha256 is "[0-9a-f]{64}", not "/),
  });
  writeFileSync(file, '{}');
  await expect(start()).rejects.toThrow('weightsManifest must be a list, got nothing');
});
