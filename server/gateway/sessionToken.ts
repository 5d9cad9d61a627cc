// Session tokens: who a device is, signed, so that it can come back after a lost connection, a reload or a restart.
// Knows nothing of sockets. The secret lives in the runs folder and outlasts the server.

import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const SECRET_BYTES = 32;

export interface Session {
  readonly run: string;
  readonly deviceId: string;
}

export interface SessionTokens {
  sign(session: Session): string;
  /** The session, or null unless the token was signed with this secret. */
  verify(token: string): Session | null;
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
      return JSON.parse(Buffer.from(body, 'base64url').toString('utf8')) as Session;
    },
  };
}

/** Reads the secret of a runs folder; the first time, makes one that only the owner can read. */
export function readSessionSecret(runsFolder: string): Uint8Array {
  mkdirSync(runsFolder, { recursive: true });
  const path = join(runsFolder, 'session.secret');
  try {
    writeFileSync(path, randomBytes(SECRET_BYTES), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const secret = readFileSync(path);
  if (secret.length === SECRET_BYTES) return secret;
  throw new Error(
    `${path} must hold ${SECRET_BYTES} bytes, got ${secret.length}; remove it to end all open sessions`,
  );
}
