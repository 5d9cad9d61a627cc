// What a device is answered to what it has sent, from the coordinator's judgement of it. Pure.

import type { Answer, UpdateAnswer } from '../contract/messages.ts';
import { createRefusal } from '../contract/protocolError.ts';
import type { UpdateOutcome } from './events.ts';

export function answerOf(outcome: UpdateOutcome): Answer<UpdateAnswer> {
  const { version } = outcome;
  if (!outcome.accepted) return createRefusal(outcome.code, outcome.message, { version });
  const { staleness, duplicate } = outcome;
  return { ok: true, version, staleness, duplicate };
}
