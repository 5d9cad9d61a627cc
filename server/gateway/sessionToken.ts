// Session tokens: who a device is, signed, so that it can come back after a lost connection, a reload or a restart.
// Knows nothing of sockets. The secret lives in the runs folder and outlasts the server.

import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { namesIn } from '../store/namesIn.ts';
import { nodeDisk } from '../store/nodeDisk.ts';
import { makePrivateFolder } from '../store/privateFiles.ts';
import { replaceFile } from '../store/replaceFile.ts';

const SECRET_BYTES = 32;
/** CRC-32 of the secret, behind it. */
const CHECK_BYTES = 4;

export interface SessionIdentity {
  readonly run: string;
  readonly deviceId: string;
}

export interface SessionTokens {
  sign(session: SessionIdentity): string;
  /** The session, or null unless the token was signed with this secret. */
  verify(token: string): SessionIdentity | null;
}

/** Token: `base64url(JSON of the session).base64url(HMAC-SHA256 of the first part)`. */
export function createSessionTokens(secret: Uint8Array): SessionTokens {
  const macOf = (body: string) => createHmac('sha256', secret).update(body).digest();
  return {
    sign({ run, deviceId }) {
      const body = Buffer.from(JSON.stringify({ run, deviceId })).toString('base64url');
      return `${body}.${macOf(body).toString('base64url')}`;
    },
    verify(token) {
      const [body, mac, ...rest] = token.split('.');
      if (body === undefined || mac === undefined || rest.length > 0) return null;
      const given = Buffer.from(mac, 'base64url');
      const expected = macOf(body);
      if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null;
      return JSON.parse(Buffer.from(body, 'base64url').toString('utf8')) as SessionIdentity;
    },
  };
}

/**
 * Reads the secret of a runs folder; the first time, makes one that only the owner can read. `onNote` is told where there
 * were runs and no secret. Throws Error where it is not what was written: with another one all devices would lose their
 * places without a word.
 */
export function readSessionSecret(runsFolder: string, onNote: (note: string) => void = () => {}): Uint8Array {
  makePrivateFolder(runsFolder);
  const path = join(runsFolder, 'session.secret');
  if (!existsSync(path)) {
    if (namesIn(runsFolder).some((name) => existsSync(join(runsFolder, name, 'config.json'))))
      onNote(
        `${path} is missing: a new one is made; devices join anew and the address to steer is another one.`,
      );
    keepSecret(path, randomBytes(SECRET_BYTES));
  }
  const file = readFileSync(path);
  const secret = file.subarray(0, SECRET_BYTES);
  if (file.length === SECRET_BYTES) keepSecret(path, secret); // as it was kept until December 2026
  else if (file.length !== SECRET_BYTES + CHECK_BYTES || file.readUInt32LE(SECRET_BYTES) !== crc32(secret))
    throw new Error(
      `${path} is damaged: put it back from a copy, or remove it; then devices join anew and the address to steer is another one`,
    );
  return secret;
}

function keepSecret(path: string, secret: Uint8Array): void {
  const check = Buffer.alloc(CHECK_BYTES);
  check.writeUInt32LE(crc32(secret));
  replaceFile(nodeDisk, path, Buffer.concat([secret, check]));
}
