// A tab's leaving and returning by its profile's schedule. Knows nothing of browsers.

import type { Tab } from './tab.ts';

/** A tab that could not leave or return, because its server was away perhaps, tries again after this. */
const AGAIN_AFTER_SECONDS = 5;

/** Stays, leaves, stays away, returns, and so on until `signal` aborts; no timer is left then. */
export function followSchedule(tab: Pick<Tab, 'plan' | 'join' | 'leave'>, signal: AbortSignal): void {
  const { schedule } = tab.plan.profile;
  if (!schedule) return;
  const { staySeconds, awaySeconds } = schedule;

  function after(seconds: number, act: () => Promise<void>, next: () => void): void {
    if (signal.aborted) return;
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', cancel);
      act().then(next, () => after(AGAIN_AFTER_SECONDS, act, next));
    }, seconds * 1000);
    const cancel = (): void => clearTimeout(timer);
    signal.addEventListener('abort', cancel);
  }
  const stay = (): void => after(staySeconds, tab.leave, beAway);
  const beAway = (): void => after(awaySeconds, tab.join, stay);
  stay();
}
