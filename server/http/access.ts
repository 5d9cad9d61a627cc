// Who may do what at a server: whoever steers by the token, whoever joins by the code, and strangers by their addresses.

import type { IncomingMessage } from 'node:http';
import { createAdminGuard, type AdminGuard } from './admin/adminToken.ts';
import { peerAddress } from '../guard/peerAddress.ts';
import { codeOf, createJoinCode, type JoinCode } from './joinCode.ts';

export interface AccessOptions {
  /** What devices show to join, and pages to see a sample; default: nothing. '' : one that follows from the runs folder. */
  readonly joinCode?: string;
  /** Proxies in front of this server that are trusted to say whom they were asked by; default: 0, none. */
  readonly trustedProxies?: number;
}

export interface Access {
  readonly guard: AdminGuard;
  readonly joinCode: JoinCode;
  readonly addressOf: (request: IncomingMessage) => string;
}

/** `secret`: that of the runs folder. */
export function createAccess(secret: Uint8Array, { joinCode, trustedProxies = 0 }: AccessOptions): Access {
  const addressOf = (request: IncomingMessage): string => peerAddress(request, trustedProxies);
  return {
    guard: createAdminGuard(secret, addressOf),
    joinCode: createJoinCode(joinCode === '' ? codeOf(secret) : (joinCode ?? '')),
    addressOf,
  };
}
