// Which refusals end a session and which only cost an attempt. Knows nothing of what was refused.

import type { Refusal } from '../../shared/protocol/messages.ts';

/** Whether asking again would change nothing. */
export function isFinalRefusal(refusal: Refusal): boolean {
  switch (refusal.code) {
    case 'protocolVersion':
    case 'malformed':
    case 'oversized':
    case 'unknownRun':
    case 'badToken':
    case 'budgetTooSmall':
    case 'superseded':
    case 'runEnded':
    case 'moved':
    case 'removed':
      return true;
    case 'wrongLength':
    case 'notFinite':
    case 'tooLarge':
    case 'unknownAssignment':
    case 'foreignAssignment':
    case 'leaseExpired':
    case 'stale':
    case 'outOfOrder':
    case 'flood':
    case 'internal':
      return false;
    default:
      return refusal.code satisfies never;
  }
}
