// Turns profiles and a number of tabs into one plan per tab. Pure: the same in, the same out.

import type { DeviceProfile } from './deviceProfile.ts';

export interface TabPlan {
  /** Profile and number, e.g. `phone-3`. */
  readonly name: string;
  readonly profile: DeviceProfile;
  /** 1, or how many times slower than its profile. */
  readonly stragglerFactor: number;
  /** Picks the demo shard. */
  readonly dataSeed: number;
  /** Sizes its local work as the run says; default: it does all steps, as fast as its profile. */
  readonly followsTempo?: boolean;
}

/** Shares become whole tabs by largest remainder; the last devices of a profile are its stragglers; profiles take turns. */
export function planTabs(profiles: readonly DeviceProfile[], numTabs: number): TabPlan[] {
  if (!Number.isInteger(numTabs) || numTabs < 1) {
    throw new RangeError(`tabs must be an integer >= 1, got ${numTabs}`);
  }
  const counts = apportion(
    profiles.map((profile) => profile.share),
    numTabs,
  );
  const queues = profiles.map((profile, i) => {
    const count = counts[i]!;
    const numStragglers = Math.round((profile.stragglers?.share ?? 0) * count);
    return Array.from({ length: count }, (_, index) => ({
      name: `${profile.name}-${index + 1}`,
      profile,
      stragglerFactor: index >= count - numStragglers ? (profile.stragglers?.factor ?? 1) : 1,
    }));
  });
  const tabs: TabPlan[] = [];
  while (tabs.length < numTabs) {
    for (const queue of queues) {
      const next = queue.shift();
      if (next) tabs.push({ ...next, dataSeed: tabs.length });
    }
  }
  return tabs;
}

/** The join page's address with all that this device needs. `server`: with `?code=` where the run has a join code. */
export function joinUrl(server: string, run: string, plan: TabPlan): string {
  const url = new URL(server);
  url.pathname = url.pathname.replace(/\/?$/, '/');
  const flops = plan.profile.flopsPerSecond / plan.stragglerFactor;
  const parameters = {
    run,
    budget: plan.profile.budgetBytes,
    flops,
    dataSeed: plan.dataSeed,
    name: plan.name,
    profile: plan.profile.name,
    straggler: plan.stragglerFactor,
    tempo: plan.followsTempo ? '' : 0,
  };
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== '') url.searchParams.set(name, String(value));
  }
  return url.href;
}

function apportion(shares: readonly number[], total: number): number[] {
  const sum = shares.reduce((a, b) => a + b, 0);
  const quotas = shares.map((share) => (share / sum) * total);
  const counts = quotas.map(Math.floor);
  const byRemainder = quotas
    .map((quota, i) => ({ i, remainder: quota - Math.floor(quota) }))
    .sort((a, b) => b.remainder - a.remainder);
  let rest = total - counts.reduce((a, b) => a + b, 0);
  for (const { i } of byRemainder) if (rest-- > 0) counts[i]!++;
  return counts;
}
