// A trigger of another size. Pure.

import type { GivenTrigger } from './kinds.ts';
import type { Trigger } from './values.ts';

/** A buffer no longer grows with the fleet; the first cohort is as large as the others. */
export function resizedTrigger(trigger: Trigger, size: number): Trigger {
  switch (trigger.kind) {
    case 'buffer':
      return { ...trigger, size, deviceShare: 0 };
    case 'cohort':
      return size === trigger.size ? trigger : { ...trigger, size, first: size };
    default:
      return trigger satisfies never;
  }
}

/** With some fields replaced; of another kind, as a whole. */
export function changedTrigger(trigger: Trigger, change: Partial<GivenTrigger>): GivenTrigger {
  if (change.kind !== undefined && change.kind !== trigger.kind) return change as GivenTrigger;
  const follows = trigger.kind === 'cohort' && change.size !== undefined && !('first' in change);
  return { ...trigger, ...change, ...(follows && { first: change.size }) } as GivenTrigger;
}
