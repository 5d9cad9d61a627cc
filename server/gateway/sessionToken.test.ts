import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
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
