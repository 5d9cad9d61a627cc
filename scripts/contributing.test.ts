// README.md, CONTRIBUTING.md and docs/running.md: the commands that they name are there (links.test.ts sees to links).

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const README = readFileSync(join(ROOT, 'README.md'), 'utf8');
const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};

describe.each(['README.md', 'CONTRIBUTING.md', 'docs/running.md'])('%s', (file) => {
  const text = readFileSync(join(ROOT, file), 'utf8');

  it('names commands that are there', () => {
    const commands = [...text.matchAll(/npm run ([a-z]+)/g)].map(([, name]) => name!);
    expect(commands.filter((name) => !(name in scripts))).toEqual([]);
  });
});

it('tells a stranger what there is to know in 120 lines', () => {
  expect(README.split('\n').length).toBeLessThanOrEqual(120);
});
