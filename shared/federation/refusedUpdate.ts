// What of a refused update is worth keeping: who sent how much, for what, and what was answered. Its delta is not, or whoever
// sends what is refused fills the disk. Pure.

import type { Effect, FederationEvent } from './events.ts';

/**
 * The event to journal for one that was handled, and led to these effects: a replay of it leads to the very same state and
 * effects. All but refused and repeated updates are journalled as they are.
 */
export function journalForm<E extends { readonly kind: string }>(
  event: E | FederationEvent,
  effects: readonly Effect[],
): E | FederationEvent {
  if (!isUpdate(event)) return event;
  const answer = effects.find((effect) => effect.kind === 'answerUpdate');
  if (answer === undefined) throw new Error('internal: an update without an answer');
  const { outcome } = answer;
  if (outcome.accepted && !outcome.duplicate) return event;
  const { atMs, deviceId, delta } = event;
  const { assignmentId, held, precisions, moved, width } = event.header;
  return {
    kind: 'updateRefused',
    atMs,
    deviceId,
    assignmentId,
    bytes: delta.byteLength,
    fault: outcome.accepted ? null : { code: outcome.code, message: outcome.message },
    held,
    ...(precisions && { precisions }),
    ...(moved && { moved }),
    ...(width && { width }),
  };
}

function isUpdate(event: {
  readonly kind: string;
}): event is Extract<FederationEvent, { kind: 'updateReceived' }> {
  return event.kind === 'updateReceived';
}
