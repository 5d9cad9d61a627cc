// The rules of each trigger: who may start, when a step is due, what a change of triggers means, what is waited for. Nobody else
// asks which trigger it is; one without all its rules does not compile. As data it is in settings/trigger.ts.

import type { Waiting } from '../contract/waiting.ts';
import type { BufferTrigger, CohortTrigger, Trigger } from '../settings/trigger.ts';
import type { StepRecord } from './events.ts';
import { nextInLine, shareOfAddress } from './fairLine.ts';
import { expireLease, numPlacesHeld } from './leases.ts';
import { bufferSize } from './policies/bufferSize.ts';
import { numActive } from './presence.ts';
import type { CoordinatorState, DeviceRecord } from './state.ts';
import type { CoordinatorStatus } from './status.ts';

/** What decides how many updates make a step, of the state or of what is seen of it. */
type StepFacts = Pick<CoordinatorStatus, 'active' | 'buffered' | 'assignmentsOut'>;

/** What decides what is waited for, presence aside. */
export interface WaitFacts extends StepFacts, Pick<CoordinatorStatus, 'awaited' | 'placesHeld'> {
  readonly here: number;
  readonly ready: number;
  /** Lost devices that hold an assignment. */
  readonly asleepAtWork: number;
  readonly concurrency: number;
  readonly waitsForStep: boolean;
}

export interface TriggerRules {
  /** All who are at work are waited for, so that nobody's place ends soon, and those who idle count until they are told. */
  readonly isSynchronous: boolean;
  /** Ready devices without which nobody gets work; 0: nobody waits for others. */
  awaited(state: CoordinatorState): number;
  /** Of the ready devices, which may have work, those that get it now. */
  starters(
    state: CoordinatorState,
    line: readonly DeviceRecord[],
    concurrency: number,
  ): readonly DeviceRecord[];
  /** They have got it. */
  started(state: CoordinatorState): void;
  /** An update is about to be buffered. */
  beforeUpdate(state: CoordinatorState): void;
  /** A step is due, the deadline aside; the buffer is not empty. */
  isFull(state: CoordinatorState, concurrency: number): boolean;
  /** After each event, stepped or not. */
  settle(state: CoordinatorState, due: StepRecord['trigger'] | null): void;
  /** Another trigger, or another form of it, goes on with what is under way. */
  takeUp(state: CoordinatorState): void;
  /** Updates that make a step as things stand. */
  stepSize(facts: StepFacts, concurrency: number): number;
  /** Null: it goes on by itself. */
  waiting(facts: WaitFacts): Waiting | null;
}

export function rulesOf(trigger: Trigger): TriggerRules {
  switch (trigger.kind) {
    case 'buffer':
      return bufferRules(trigger);
    case 'cohort':
      return cohortRules(trigger);
    default:
      return trigger satisfies never;
  }
}

/** Of the state. */
export function stepFactsOf(state: CoordinatorState): StepFacts {
  return {
    active: numActive(state),
    buffered: state.buffer.length,
    assignmentsOut: state.assignments.size,
  };
}

/** Whoever is ready gets work while there are places; the step waits for no one. */
function bufferRules(trigger: BufferTrigger): TriggerRules {
  const sizeFor = (active: number, concurrency: number): number => bufferSize(trigger, active, concurrency);
  return {
    isSynchronous: false,
    awaited: () => 0,
    starters(state, line, concurrency) {
      const free = Math.max(0, concurrency - numPlacesHeld(state));
      return nextInLine(state, line, free, shareOfAddress(state, line, concurrency));
    },
    started() {},
    beforeUpdate(state) {
      if (state.buffer.length === 0) state.deadlineMs = deadlineOf(trigger, state);
    },
    isFull: (state, concurrency) => state.buffer.length >= sizeFor(numActive(state), concurrency),
    settle() {},
    takeUp(state) {
      state.isCohortOut = false;
      state.deadlineMs = state.buffer.length > 0 ? deadlineOf(trigger, state) : null;
    },
    stepSize: ({ active }, concurrency) => sizeFor(active, concurrency),
    waiting(facts) {
      const { assignmentsOut, asleepAtWork, here, ready, placesHeld, buffered, concurrency } = facts;
      if (assignmentsOut > 0 && asleepAtWork === assignmentsOut)
        return { kind: 'sleepers', asleep: asleepAtWork };
      if (assignmentsOut === 0 && ready === 0) return { kind: 'ready', more: 1, idle: here };
      if (ready > 0 && placesHeld >= concurrency) return { kind: 'slots', of: concurrency };
      // Before, whoever is ready waits for the run's tempo alone.
      if (ready > 0 && facts.waitsForStep && buffered > 0)
        return { kind: 'updates', buffered, of: sizeFor(facts.active, concurrency) };
      return null;
    },
  };
}

/** Enough ready devices get work all at once, and nobody else before they have answered. */
function cohortRules(trigger: CohortTrigger): TriggerRules {
  /** Later cohorts make do with those that are left, or a leaver would end the run. */
  const awaited = (state: CoordinatorState): number =>
    state.version === 0 ? trigger.first : Math.min(trigger.size, Math.max(numActive(state), 1));
  return {
    isSynchronous: true,
    awaited,
    starters(state, line) {
      if (state.isCohortOut || line.length < awaited(state)) return [];
      return nextInLine(state, line, trigger.size, 0);
    },
    started(state) {
      state.isCohortOut = true;
      state.deadlineMs = deadlineOf(trigger, state);
    },
    beforeUpdate() {},
    isFull: (state) => numPlacesHeld(state) === 0,
    settle(state, due) {
      if (!state.isCohortOut) return;
      if (due === 'deadline') for (const device of state.devices.values()) expireLease(state, device);
      if (numPlacesHeld(state) > 0) return;
      state.isCohortOut = false;
      state.deadlineMs = null;
    },
    takeUp(state) {
      state.isCohortOut = state.assignments.size > 0;
      const isWaiting = state.isCohortOut || state.buffer.length > 0;
      state.deadlineMs = isWaiting ? deadlineOf(trigger, state) : null;
    },
    stepSize: ({ buffered, assignmentsOut }) =>
      assignmentsOut > 0 ? buffered + assignmentsOut : trigger.size,
    waiting({ assignmentsOut, asleepAtWork, buffered, here, ready, awaited: of }) {
      if (assignmentsOut > 0)
        return { kind: 'answers', out: assignmentsOut, asleep: asleepAtWork, of: buffered + assignmentsOut };
      if (here < of) return { kind: 'devices', here, of };
      return { kind: 'ready', more: of - ready, idle: here - ready };
    },
  };
}

/** Null: there is none. */
function deadlineOf({ deadlineMs }: Trigger, { nowMs }: CoordinatorState): number | null {
  return deadlineMs > 0 ? nowMs + deadlineMs : null;
}
