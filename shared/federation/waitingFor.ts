// What a run waits for, from the coordinator's status. Pure. The first thing that holds is what is said: what a person can
// mend before what mends itself.

import type { Waiting } from '../contract/waiting.ts';
import type { RunConfig } from './config.ts';
import type { CoordinatorStatus } from './status.ts';
import { rulesOf } from './triggers.ts';

/** So many pieces of local work in a row, or one of each device that is here, tell of the run and not of a device. */
const FEWEST_DIVERGED = 4;

type RunKnown = Pick<RunConfig, 'strategy' | 'concurrency' | 'localWork'>;

/** Null where the run goes on by itself. */
export function waitingFor(
  { strategy, concurrency, localWork }: RunKnown,
  status: Omit<CoordinatorStatus, 'choices' | 'refusals'>,
): Waiting | null {
  const { trigger, onePerDevice } = strategy;
  const { devices, divergedInARow } = status;
  const here = devices.filter(({ presence }) => presence === 'connected');
  const asleep = devices.filter(({ presence }) => presence === 'lost');

  if (here.length === 0) return { kind: 'anyone', asleep: asleep.length };
  if (divergedInARow >= Math.max(FEWEST_DIVERGED, here.length))
    return { kind: 'divergence', inARow: divergedInARow, learningRate: localWork.learningRate };
  return rulesOf(trigger).waiting({
    ...status,
    here: here.length,
    ready: here.filter(({ isReady }) => isReady).length,
    asleepAtWork: asleep.filter(({ openAssignment }) => openAssignment !== '').length,
    concurrency,
    waitsForStep: onePerDevice === 'always',
  });
}
