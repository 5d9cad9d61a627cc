// How much an update's age takes from its weight. Pure.

import type { AgeWeight } from '../../settings/values.ts';

/**
 * (1 + tau)^-a, in (0, 1]; 1 for a = 0. `staleness` tau: server steps since the update's base version, >= 0.
 * Source: the polynomial staleness function of FedAsync (arXiv 1903.03934, section 5.2); FedBuff (arXiv 2106.06639)
 * uses it with a = 0.5. FTTE (arXiv 2510.03165) publishes no formula: this is our choice for it.
 */
export function ageWeight(staleness: number, age: AgeWeight): number {
  return Math.pow(1 + staleness, -age.exponent);
}
