// What the pool's threads are asked by name.

import { move, transferableSymbol, valueSymbol } from 'piscina';
import type { TrainingOutcome, TrainingRequest } from '../../../shared/simulate/compute.ts';
import { trainHere } from './computeRequests.ts';

export { personalise, probe, repeatSteps, score } from './computeRequests.ts';

export async function train(request: TrainingRequest): Promise<TrainingOutcome> {
  const outcome = await trainHere(request);
  if (!outcome) return null;
  // The pool hands on the value and moves the buffer rather than copying it.
  return move({
    [transferableSymbol]: [outcome.update.buffer],
    [valueSymbol]: outcome,
  }) as unknown as TrainingOutcome;
}
