// Which samples of a training set are held back to measure versions on. Pure.

import type { Dataset } from '../tasks/task.ts';

/** Every so-manieth group, where the data have groups, or sample: the same for all seeds of a run. */
export function chooseValidation({ count, groups }: Dataset, wanted: number): number[] {
  if (wanted > count / 2)
    throw new RangeError(`validationSamples must be at most half of the ${count} samples, got ${wanted}`);
  const all = Array.from({ length: count }, (_, sample) => sample);
  if (!groups) {
    const stride = count / wanted;
    return Array.from({ length: wanted }, (_, i) => Math.floor(i * stride));
  }
  const numGroups = groups.reduce((most, group) => Math.max(most, group), 0) + 1;
  const stride = Math.max(2, Math.round(count / wanted));
  const chosen = new Set(Array.from({ length: Math.floor(numGroups / stride) }, (_, i) => i * stride));
  const samples = all.filter((sample) => chosen.has(groups[sample]!));
  if (samples.length > 0) return samples;
  // So few are wanted that no group is as small, or numbers of groups are far between.
  const [first] = [...new Set(groups)].sort((a, b) => a - b);
  const isOnly = groups.every((group) => group === first);
  return isOnly ? all.slice(0, wanted) : all.filter((sample) => groups[sample] === first);
}
