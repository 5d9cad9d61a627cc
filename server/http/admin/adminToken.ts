// Who may steer: whoever shows the token that the server prints at its start. It follows from the secret in the runs
// folder, so that an open dashboard goes on after a restart; a new secret makes a new token.

import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createWrongTries } from '../../guard/wrongTries.ts';
import { sendText } from '../httpAnswers.ts';

const TOKEN_BYTES = 18;

export interface AdminGuard {
  /** For the person at the server's terminal. */
  readonly token: string;
  /** True where the request carries `Authorization: Bearer <token>`. Takes the same time whatever was guessed. */
  isAdmin(request: IncomingMessage): boolean;
  /** Calls `allowed` for who shows the token; refuses others, late where they have tried often. */
  expect(request: IncomingMessage, response: ServerResponse, allowed: () => void): void;
  /** A word that shows that somebody has the token, without being it: for addresses, where no header can be sent. */
  readonly ticket: string;
  isTicket(given: string): boolean;
}

export function createAdminGuard(
  secret: Uint8Array,
  addressOf: (request: IncomingMessage) => string = ({ socket }) => socket.remoteAddress ?? '',
): AdminGuard {
  const wordFor = (use: string): string =>
    createHmac('sha256', secret).update(use).digest().subarray(0, TOKEN_BYTES).toString('base64url');
  const token = wordFor('minnow admin token');
  const ticket = wordFor('minnow feed ticket');
  const tries = createWrongTries();

  function isAdmin({ headers }: IncomingMessage): boolean {
    const given = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1] ?? '';
    return isSameWord(given, token);
  }
  return {
    token,
    isAdmin,
    expect(request, response, allowed) {
      if (isAdmin(request)) return allowed();
      const refuse = (isTooMany: boolean): void => {
        if (isTooMany) return sendText(response, 429, 'Too many wrong tokens: come back later.\n');
        response.setHeader('WWW-Authenticate', 'Bearer');
        sendText(response, 401, 'This takes the token that the server printed at its start.\n');
      };
      if (request.headers.authorization === undefined) refuse(false);
      else tries.wrong(addressOf(request), refuse);
    },
    ticket,
    isTicket: (given) => isSameWord(given, ticket),
  };
}

/** In the same time whatever was given. */
export function isSameWord(given: string, expected: string): boolean {
  return timingSafeEqual(digestOf(given), digestOf(expected));
}

/** Digests have one length, whatever was given. */
function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
