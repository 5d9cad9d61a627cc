import { appendFileSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openJsonLines, readJsonLines, type LinesEnd } from './jsonLines.ts';
import { readParts } from './lineParts.ts';
import { nodeDisk } from './nodeDisk.ts';

interface Line {
  readonly version: number;
  readonly text: string;
}

let folder = '';
let path = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'minnow-lines-'));
  path = join(folder, 'metrics.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const lineOf = (version: number): Line => ({ version, text: 'größer' });

function read(): LinesEnd & { readonly lines: unknown[] } {
  const lines: unknown[] = [];
  const end = readJsonLines<Line>(
    nodeDisk,
    path,
    (line) => lines.push(line),
    ({ version }) => version - 1,
  );
  return { ...end, lines };
}

function write(from: number, to: number, partBytes?: number): void {
  const lines = openJsonLines<Line>(nodeDisk, path, read(), partBytes);
  for (let version = from; version <= to; version++) lines.append(lineOf(version));
  lines.close();
}

describe('JSON lines', () => {
  it('are lines of JSON for everybody, and cut where a crash left one half-written', () => {
    write(1, 2);
    appendFileSync(path, '{"version":3,"te');
    expect(read()).toMatchObject({ lines: [lineOf(1), lineOf(2)], numLines: 2, damages: [] });
    write(3, 3);
    const text = readFileSync(path, 'utf8').trim().split('\n');
    expect(text.map((line) => (JSON.parse(line) as Line).version)).toEqual([1, 2, 3]);
    expect(read().lines).toEqual([lineOf(1), lineOf(2), lineOf(3)]);
  });

  it('name the line in which any one bit was flipped', () => {
    write(1, 3);
    const whole = readFileSync(path);
    const secondLine = whole.indexOf('\n') + 1;
    const thirdLine = whole.indexOf('\n', secondLine) + 1;
    for (let byte = secondLine; byte < thirdLine - 1; byte++) {
      const flipped = Buffer.from(whole);
      flipped[byte]! ^= 1 << (byte % 8);
      writeFileSync(path, flipped);
      expect(read().damages[0]).toMatchObject({ path, place: 'line 2' });
    }
  });

  it('tell lines that were taken out, and those that are there twice', () => {
    write(1, 4);
    const [first, second, , fourth] = readFileSync(path, 'utf8').split('\n') as [
      string,
      string,
      string,
      string,
    ];
    writeFileSync(path, `${[first, fourth].join('\n')}\n`);
    expect(read()).toMatchObject({ numLines: 4, lines: [lineOf(1), { lost: 2 }, lineOf(4)] });
    expect(read().damages).toEqual([{ path, place: 'line 2', what: 'lacks the 2 lines before it' }]);
    writeFileSync(path, `${[first, second, second].join('\n')}\n`);
    expect(read().damages).toEqual([{ path, place: 'line 3', what: 'says again what was said' }]);
  });

  it('go on in a new file when one has become large, and are read as one list', async () => {
    write(1, 5, 100);
    write(6, 9, 100);
    expect(readdirSync(folder).length).toBeGreaterThan(2);
    expect(read()).toMatchObject({ numLines: 9, damages: [] });
    let text = '';
    for await (const bytes of readParts(path)) text += bytes.toString();
    expect(
      text
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as Line).version),
    ).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    rmSync(join(folder, 'metrics.2.jsonl'));
    expect(read().damages[0]).toEqual({
      path: join(folder, 'metrics.2.jsonl'),
      place: null,
      what: 'is missing',
    });
  });

  it('are read in bounded memory where line ends were lost', () => {
    writeFileSync(path, Buffer.alloc(40 * 1024 * 1024, 'x'));
    appendFileSync(path, '\n');
    expect(read()).toMatchObject({ numLines: 1, damages: [{ path, place: 'line 1', what: 'is damaged' }] });
  });
});
