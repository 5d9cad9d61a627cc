// What a run waits for, from the coordinator's status. Pure. The first thing that holds is what is said: what a person can
// mend before what mends itself.

import type { Waiting } from '../../shared/contract/waiting.ts';
import type { RunConfig } from './config.ts';
import { bufferSize } from './policies/bufferSize.ts';
import type { CoordinatorStatus } from './status.ts';

/** So many pieces of local work in a row, or one of each device that is here, tell of the run and not of a device. */
const FEWEST_DIVERGED = 4;

type RunKnown = Pick<RunConfig, 'strategy' | 'concurrency' | 'localWork'>;

/** Null where the run goes on by itself. */
export function waitingFor(
  { strategy, concurrency, localWork }: RunKnown,
  status: Omit<CoordinatorStatus, 'choices' | 'refusals'>,
): Waiting | null {
  const { trigger, onePerDevice } = strategy;
  const { devices, assignmentsOut, buffered, divergedInARow } = status;
  const here = devices.filter(({ presence }) => presence === 'connected');
  const asleep = devices.filter(({ presence }) => presence === 'lost');
  const numReady = here.filter(({ isReady }) => isReady).length;

  if (here.length === 0) return { kind: 'anyone', asleep: asleep.length };
  if (divergedInARow >= Math.max(FEWEST_DIVERGED, here.length))
    return { kind: 'divergence', inARow: divergedInARow, learningRate: localWork.learningRate };
  const asleepAtWork = asleep.filter(({ openAssignment }) => openAssignment !== '').length;
  if (trigger.kind === 'cohort') {
    if (assignmentsOut > 0)
      return { kind: 'answers', out: assignmentsOut, asleep: asleepAtWork, of: buffered + assignmentsOut };
    const { awaited } = status;
    if (here.length < awaited) return { kind: 'devices', here: here.length, of: awaited };
    return { kind: 'ready', more: awaited - numReady, idle: here.length - numReady };
  }
  if (assignmentsOut > 0 && asleepAtWork === assignmentsOut)
    return { kind: 'sleepers', asleep: asleepAtWork };
  if (assignmentsOut === 0 && numReady === 0) return { kind: 'ready', more: 1, idle: here.length };
  if (numReady > 0 && status.placesHeld >= concurrency) return { kind: 'slots', of: concurrency };
  // Before, whoever is ready waits for the run's tempo alone.
  if (numReady > 0 && onePerDevice === 'always' && buffered > 0)
    return { kind: 'updates', buffered, of: bufferSize(trigger, status.active, concurrency) };
  return null;
}
