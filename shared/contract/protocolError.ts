// The one error of the protocol: what a device did wrong, by its refusal code. Knows nothing of sockets.

import type { Refusal, RefusalCode } from './messages.ts';

/** Extras of a refusal that the other side needs to carry on. */
export interface RefusalDetails {
  readonly version?: number;
  readonly smallestBudgetBytes?: number;
}

/** Thrown where a message is parsed or checked; the gateway turns it into a refusal. */
export class ProtocolError extends Error {
  readonly code: RefusalCode;
  readonly details: RefusalDetails;

  constructor(code: RefusalCode, message: string, details: RefusalDetails = {}) {
    super(message);
    this.name = 'ProtocolError';
    this.code = code;
    this.details = details;
  }
}

/** The answer that carries a refusal across the socket. */
export function createRefusal(code: RefusalCode, message: string, details: RefusalDetails = {}): Refusal {
  return { ok: false, code, message, ...details };
}
