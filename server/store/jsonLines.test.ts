import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openJsonLines } from './jsonLines.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'minnow-lines-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('appends, and cuts a line that a crash left half-written', () => {
  const path = join(folder, 'metrics.jsonl');
  const first = openJsonLines<{ version: number; text: string }>(path);
  first.append({ version: 1, text: 'größer' });
  first.append({ version: 2, text: '' });
  first.close();
  appendFileSync(path, '{"version":3,"te');

  const second = openJsonLines<{ version: number }>(path);
  expect(second.restored.map((line) => line.version)).toEqual([1, 2]);
  second.append({ version: 3 });
  second.close();
  expect(readFileSync(path, 'utf8')).toBe(
    '{"version":1,"text":"größer"}\n{"version":2,"text":""}\n{"version":3}\n',
  );
});
