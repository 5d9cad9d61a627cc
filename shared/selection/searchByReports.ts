// The search on what devices have told: contributions by their probes alone. Pure.

import type { ProbeReport } from '../federation/probePlanner.ts';
import { addScaled, contributionOf, contributionsBySize } from './contributions.ts';
import { estimateContributions } from './probes.ts';
import { wholeGenome } from './schemeSpace.ts';
import { searchScheme, type FoundScheme, type SearchOptions } from './searchScheme.ts';

/**
 * Of all that there is to gain, what is shared out by size: enough to have what room is left filled by parts whose
 * measured gain drowned in noise, too little to outweigh a measured one.
 */
const SHARE_BY_SIZE = 0.01;

/** The best scheme found, as `searchScheme`; null also where nobody told of any gain. */
export function searchByReports(
  reports: readonly ProbeReport[],
  options: Omit<SearchOptions, 'contributions'>,
): FoundScheme | null {
  const { space } = options;
  const { contributions: told } = estimateContributions(space, reports);
  const bySize = contributionsBySize(space);
  const whole = wholeGenome(space);
  const gain = contributionOf(told, whole);
  if (gain === 0) return null;
  const factor = (SHARE_BY_SIZE * gain) / contributionOf(bySize, whole);
  return searchScheme({ ...options, contributions: addScaled(told, bySize, factor) });
}
