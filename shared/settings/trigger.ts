// When the server steps, as data: what kinds of trigger there are, what may be said of them, and what becomes of one that is changed.
// By which rules a run goes under each is said in federation/triggers.ts. Pure.

import * as v from 'valibot';
import { atLeast, count } from './kinds.ts';
import type { Kind } from './setting.ts';

export type Trigger = BufferTrigger | CohortTrigger;

/**
 * Step when K updates are buffered, or `deadlineMs` after the first of them (0: no deadline). K is `size`. With a
 * `deviceShare` above 0 it follows the devices that can be at work at once, the connected ones up to the run's concurrency: at
 * least that share of them, as with a fixed K a growing fleet has ever more updates in flight for each step, and their stale
 * corrections overshoot; and no more than there are, so that few need not wait for each other's second update.
 */
export interface BufferTrigger {
  readonly kind: 'buffer';
  readonly size: number;
  readonly deviceShare: number;
  readonly deadlineMs: number;
}

/**
 * Synchronous: `size` devices (later cohorts: those that are left, if fewer) get one version; step when all that still live have
 * answered (or at the deadline). Nobody gets more work before. The first cohort waits for `first` devices.
 */
export interface CohortTrigger {
  readonly kind: 'cohort';
  readonly size: number;
  readonly first: number;
  readonly deadlineMs: number;
}

export type GivenTrigger = Optional<BufferTrigger, 'deviceShare'> | Optional<CohortTrigger, 'first'>;
type Optional<T, K extends keyof T> = Omit<T, K> & Partial<Pick<T, K>>;

/** Before all was said of them, `deviceShare` (0) and `first` (`size`) could be missing. */
export const triggerKind: Kind<Trigger, GivenTrigger> = {
  schema: v.variant('kind', [
    v.object({
      kind: v.literal('buffer'),
      size: count,
      deviceShare: v.optional(atLeast(0), 0),
      deadlineMs: atLeast(0),
    }),
    v.pipe(
      v.object({ kind: v.literal('cohort'), size: count, first: v.optional(count), deadlineMs: atLeast(0) }),
      v.transform(({ kind, size, first, deadlineMs }) => ({ kind, size, first: first ?? size, deadlineMs })),
    ),
  ]) as v.GenericSchema<GivenTrigger, Trigger>,
  words: 'a buffer or a cohort',
};

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

/** Of a run that is under way: whoever is here begins, it waits for nobody. */
export function underWay(trigger: Trigger): Trigger {
  switch (trigger.kind) {
    case 'buffer':
      return trigger;
    case 'cohort':
      return { ...trigger, first: 1 };
    default:
      return trigger satisfies never;
  }
}

/** A synchronous one takes all who are here, `size` at most; what buffers is as usual. */
export function takingAll(trigger: Trigger, size: number): Trigger {
  switch (trigger.kind) {
    case 'buffer':
      return trigger;
    case 'cohort':
      return underWay({ ...trigger, size });
    default:
      return trigger satisfies never;
  }
}

/** Devices that version 0 waits for; 0: for nobody. */
export function firstAwaited(trigger: Trigger): number {
  switch (trigger.kind) {
    case 'buffer':
      return 0;
    case 'cohort':
      return trigger.first;
    default:
      return trigger satisfies never;
  }
}

/** The least concurrency that it can work with. */
export function leastConcurrency(trigger: Trigger): number {
  switch (trigger.kind) {
    case 'buffer':
      return 1;
    case 'cohort':
      return trigger.size;
    default:
      return trigger satisfies never;
  }
}

/** With some fields replaced; of another kind, as a whole. */
export function changedTrigger(trigger: Trigger, change: Partial<GivenTrigger>): GivenTrigger {
  if (change.kind !== undefined && change.kind !== trigger.kind) return change as GivenTrigger;
  switch (trigger.kind) {
    case 'buffer':
      return { ...trigger, ...(change as Partial<BufferTrigger>) };
    case 'cohort': {
      const { size = trigger.size } = change;
      const first = size === trigger.size ? trigger.first : size;
      return { ...trigger, first, ...(change as Partial<CohortTrigger>) };
    }
    default:
      return trigger satisfies never;
  }
}
