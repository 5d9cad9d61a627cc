// How much of what an update says of itself is believed. No claim decides how much it counts. Pure.
//
//   n_k       min(claim, maxSamples, max(samples dealt to the device, usual))
//   usual     the smaller median of what devices claim, one claim a device: half of them cannot lift it
//   steps     min(claim, the local steps that an assignment has for n_k samples)
//
// A device may have samples of its own beside those that it was dealt or in place of them, and the server is not told: what
// it claims beyond the dealt ones counts as far as it is usual. Ours.

import { countSteps } from '../../localWork/shard.ts';
import type { LocalWork } from '../../contract/messages.ts';
import { lowerMedian } from './median.ts';

/** What a device claims to have trained on, by device. */
export type Claims = ReadonlyMap<string, number>;

/** Null: nobody has claimed any. */
export function usualSamples(claims: Claims): number | null {
  return claims.size === 0 ? null : lowerMedian([...claims.values()]);
}

/** n_k. `dealt`: 0 where that is not known. `usual` null: all of the claim, where nothing is known of the dealt ones. */
export function countedSamples(claim: number, dealt: number, usual: number | null): number {
  const most = Math.max(dealt, usual ?? 0);
  return most === 0 ? claim : Math.min(claim, most);
}

/** Local steps as far as they can be: at least one. */
export function countedSteps(claim: number, samples: number, { batch, epochs, maxSteps }: LocalWork): number {
  return Math.min(claim, countSteps(samples, batch, epochs, maxSteps));
}
