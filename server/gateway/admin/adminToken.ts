// Who may steer: whoever shows the token that the server prints at its start. It follows from the secret in the runs
// folder, so that an open dashboard goes on after a restart; a new secret makes a new token.

import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

const TOKEN_BYTES = 18;

export interface AdminGuard {
  /** For the person at the server's terminal. */
  readonly token: string;
  /** True where the request carries `Authorization: Bearer <token>`. Takes the same time whatever was guessed. */
  isAdmin(request: IncomingMessage): boolean;
}

export function createAdminGuard(secret: Uint8Array): AdminGuard {
  const token = createHmac('sha256', secret)
    .update('minnow admin token')
    .digest()
    .subarray(0, TOKEN_BYTES)
    .toString('base64url');
  const expected = digestOf(token);
  return {
    token,
    isAdmin({ headers }) {
      const given = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1] ?? '';
      return timingSafeEqual(digestOf(given), expected);
    },
  };
}

/** Digests have one length, whatever was given. */
function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
