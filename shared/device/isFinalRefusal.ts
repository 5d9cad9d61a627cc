// Which refusals end a session and which only cost an attempt. Knows nothing of what was refused.

import type { Refusal, RefusalCode } from '../contract/messages.ts';

type FinalCode =
  | 'protocolVersion'
  | 'malformed'
  | 'oversized'
  | 'unknownRun'
  | 'badCode'
  | 'badToken'
  | 'budgetTooSmall'
  | 'superseded'
  | 'runEnded'
  | 'moved'
  | 'removed';

/** All the others, by type: what a newer server refuses by a code that is not known here is final, too. */
const PASSING: Readonly<Record<Exclude<RefusalCode, FinalCode>, true>> = {
  wrongLength: true,
  notFinite: true,
  tooLarge: true,
  unknownAssignment: true,
  foreignAssignment: true,
  leaseExpired: true,
  stale: true,
  outOfOrder: true,
  flood: true,
  internal: true,
};

/** Whether asking again would change nothing. */
export function isFinalRefusal({ code }: Refusal): boolean {
  return !(code in PASSING);
}
