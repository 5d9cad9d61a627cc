import { mkdirSync, mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { flipBit } from '../store/testing/harm.ts';
import { createSessionTokens, readSessionSecret } from './sessionToken.ts';

const SESSION = { run: 'demo', deviceId: 'd1' };

it('gives back the session of a token that it signed', () => {
  const tokens = createSessionTokens(new Uint8Array(32).fill(7));
  expect(tokens.verify(tokens.sign(SESSION))).toEqual(SESSION);
});

it('gives no session for a token that was changed in any character, or signed with another secret', () => {
  const tokens = createSessionTokens(new Uint8Array(32).fill(7));
  const token = tokens.sign(SESSION);
  // The last character of base64url carries unused bits; all others count.
  for (let i = 0; i < token.length - 1; i++) {
    const changed = token.slice(0, i) + (token[i] === 'A' ? 'B' : 'A') + token.slice(i + 1);
    expect(tokens.verify(changed)).toBeNull();
  }
  for (const garbage of ['', '.', 'a.b', 'a.b.c', `${token}.x`]) expect(tokens.verify(garbage)).toBeNull();
  expect(createSessionTokens(new Uint8Array(32).fill(8)).verify(token)).toBeNull();
});

it('keeps the secret in the runs folder', () => {
  const folder = mkdtempSync(join(tmpdir(), 'minnow-secret-'));
  const first = readSessionSecret(folder);
  expect(first.length).toBe(32);
  expect(readSessionSecret(folder)).toEqual(first);
  rmSync(folder, { recursive: true });
});

it('does not take a damaged secret for another one, and says where one is missing beside runs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'minnow-secret-'));
  const path = join(folder, 'session.secret');
  const first = readSessionSecret(folder);
  for (let byte = 0; byte < 36; byte++) {
    const mend = flipBit(path, byte * 8 + (byte % 8));
    expect(() => readSessionSecret(folder)).toThrow(`${path} is damaged`);
    mend();
  }
  truncateSync(path, 20);
  expect(() => readSessionSecret(folder)).toThrow(`${path} is damaged`);
  // As it was kept by older versions.
  writeFileSync(path, first);
  expect(readSessionSecret(folder)).toEqual(first);
  expect(statSync(path).size).toBe(36);
  mkdirSync(join(folder, 'run'));
  writeFileSync(join(folder, 'run', 'config.json'), '');
  rmSync(path);
  const notes: string[] = [];
  readSessionSecret(folder, (note) => notes.push(note));
  expect(notes.join()).toContain(`${path} is missing`);
  rmSync(folder, { recursive: true });
});
