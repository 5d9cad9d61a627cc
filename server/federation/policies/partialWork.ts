// How much of the local work a device is given that is slow. Pure.

import type { LocalWork } from '../../../shared/protocol/messages.ts';

/** The local work cut to the steps that fit the time, at least one; whole where step or time is not told (0). */
export function partialWork(localWork: LocalWork, stepMs: number, withinMs: number): LocalWork {
  if (stepMs <= 0 || withinMs <= 0) return localWork;
  const numSteps = Math.max(1, Math.floor(withinMs / stepMs));
  return numSteps < localWork.maxSteps ? { ...localWork, maxSteps: numSteps } : localWork;
}
