// Which probes devices of some budget can do, planned once each. Knows nothing of devices.

import type { ModelSpec } from '../engine/model.ts';
import type { Upload } from '../engine/messageRoom.ts';
import { leastDeviceBytes } from '../engine/planTraining.ts';
import type { UpdateScheme } from '../engine/scheme.ts';
import type { Probe, ProbePlanner } from '../federation/probePlanner.ts';
import { largestProbe, probeGroups } from './probes.ts';
import { createSchemeSpace } from './schemeSpace.ts';

/** The same group at the same ratio is the same object, as much is kept by scheme. `batch`: samples of a local step. */
export function createProbePlanner(model: ModelSpec, batch: number, upload?: Upload): ProbePlanner {
  const space = createSchemeSpace(model);
  const groups = probeGroups(space);
  const costs = new Map<string, number>();
  const probes = new Map<string, Probe>();
  const known = new Map<string, Probe | null>();

  function costOf(scheme: UpdateScheme): number {
    const key = JSON.stringify(scheme.entries);
    const bytes = costs.get(key) ?? leastDeviceBytes(model, scheme, batch, upload);
    costs.set(key, bytes);
    return bytes;
  }

  function plan(group: number, budgetBytes: number): Probe | null {
    const probe = largestProbe(space, groups[group]!, budgetBytes, costOf);
    if (!probe) return null;
    const key = `${group} ${probe.ratio}`;
    const same = probes.get(key) ?? probe;
    probes.set(key, same);
    return same;
  }

  return {
    groups,
    probeFor(group, budgetBytes) {
      const key = `${group} ${budgetBytes}`;
      const probe = known.has(key) ? known.get(key)! : plan(group, budgetBytes);
      known.set(key, probe);
      return probe;
    },
  };
}
