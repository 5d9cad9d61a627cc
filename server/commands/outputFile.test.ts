import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { expectOutputFile, expectOutputFolder } from './outputFile.ts';

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'minnow-output-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

test('a file that can be written is, new or there, and nothing is made', () => {
  const folder = temporaryFolder();
  expectOutputFile('--json', undefined);
  expectOutputFile('--json', join(folder, 'new.json'));
  expect(readdirSync(folder)).toEqual([]);
  writeFileSync(join(folder, 'old.json'), '');
  expectOutputFile('--json', join(folder, 'old.json'));
});

test('a file that cannot be written is refused by its flag', () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'file'), '');
  mkdirSync(join(folder, 'inner'));
  const refused = (file: string) => expect(() => expectOutputFile('--json', join(folder, file)));
  refused('nowhere/out.json').toThrow(
    /^--json must name a file in a folder that is there, got ".*": no folder .*nowhere$/,
  );
  refused('file/out.json').toThrow(/^--json must name a file in a folder, got ".*": .*file is none$/);
  refused('inner').toThrow(/^--json must name a file, got the folder ".*inner"$/);
});

test('a folder may be made, but not below a file', () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'file'), '');
  expectOutputFolder('--out', join(folder, 'a/b'));
  expect(readdirSync(folder)).toEqual(['file']);
  expect(() => expectOutputFolder('--out', join(folder, 'file/b'))).toThrow(
    /^--out must name a folder, .* is a file$/,
  );
});

test.skipIf(process.getuid?.() === 0)(
  'a folder that is read-only is refused (but to root, who may write anywhere)',
  () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'closed'), { mode: 0o555 });
    expect(() => expectOutputFile('--svg', join(folder, 'closed/a.svg'))).toThrow(
      /^--svg: .* must be writable, got EACCES$/,
    );
  },
);
