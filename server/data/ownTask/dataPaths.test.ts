import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findDataFile } from './dataPaths.ts';

let base: string;
beforeAll(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'minnow-paths-')));
  for (const folder of ['task/sub', 'data', 'secret', 'task-of-others'])
    mkdirSync(join(base, folder), { recursive: true });
  for (const file of ['task/a.csv', 'task/sub/b.csv', 'data/c.csv', 'secret/d.csv', 'task-of-others/e.csv'])
    writeFileSync(join(base, file), 'x');
  symlinkSync('../secret/d.csv', join(base, 'task/link.csv'));
  symlinkSync('../secret', join(base, 'task/way'));
  symlinkSync('../data/c.csv', join(base, 'task/data.csv'));
  symlinkSync('a.csv', join(base, 'task/same.csv'));
  symlinkSync('task', join(base, 'alias'));
});
afterAll(() => rmSync(base, { recursive: true }));

const find = (name: string, dataDir = '', folder = 'task') =>
  findDataFile(name, 'data.train', {
    folder: join(base, folder),
    dataDir: dataDir && join(base, dataDir),
    task: 'task.json',
  });

test.each(['a.csv', './a.csv', 'sub/b.csv', 'sub/../a.csv', 'same.csv'])(
  '%s lies in the task’s folder, also where that is reached by a link',
  async (name) => {
    expect(await find(name)).toBe(join(base, 'task', name));
    expect(await find(name, '', 'alias')).toBe(join(base, 'alias', name));
  },
);

test.each([
  '../secret/d.csv',
  '/etc/passwd',
  '../task-of-others/e.csv',
  'sub/../../secret/d.csv',
  '../none.csv',
  'link.csv',
  'way/d.csv',
])('%s does not, and is refused by its field', async (name) => {
  await expect(find(name)).rejects.toThrow(
    `task.json: data.train: expected a file in the folder ${base}/task (or of --data-dir, which was not given), got "${name}"`,
  );
  await expect(find(name, 'data')).rejects.toThrow('task.json: data.train: expected a file in the folder');
});

test('a link is told with where it leads', async () => {
  await expect(find('link.csv')).rejects.toThrow(`got "link.csv", which leads to ${base}/secret/d.csv`);
});

test('--data-dir names another folder that data may lie in', async () => {
  expect(await find('../data/c.csv', 'data')).toBe(join(base, 'data/c.csv'));
  expect(await find(join(base, 'data/c.csv'), 'data')).toBe(join(base, 'data/c.csv'));
  expect(await find('data.csv', 'data')).toBe(join(base, 'task/data.csv'));
});

test('a file that is not there, or cannot have that name, is told', async () => {
  await expect(find('none.csv')).rejects.toThrow('none.csv: expected a file that can be read, got ENOENT');
  await expect(find('a\0.csv')).rejects.toThrow(
    'expected a file that can be read, got ERR_INVALID_ARG_VALUE',
  );
});
