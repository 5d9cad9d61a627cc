// docs/threats.md: each promise names a test that is there, and no attack is left unsaid.

import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { findAttacks } from './findAttacks.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const TEXT = readFileSync(`${ROOT}/docs/threats.md`, 'utf8');

/** Paths from the repository's root: of links, and of what stands as code and ends like a test. */
const named = [...TEXT.matchAll(/\]\(\.\.\/([^)]+)\)|`([\w/]+\.(?:test|spec)\.ts)`/g)].map(
  ([, link, code]) => link ?? code!,
);
const promises = TEXT.split('\n').filter((line) => line.startsWith('| ') && line.includes('](../attack/'));

it('names tests that are there', () => {
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((path) => !existsSync(`${ROOT}/${path}`))).toEqual([]);
});

it('leaves no attack unsaid', async () => {
  const said = promises.join('\n');
  const unsaid = (await findAttacks()).filter(({ name }) => !said.includes(`attacks/${name}.ts`));
  expect(unsaid.map(({ name }) => name)).toEqual([]);
});
