// Who probes what, and when enough has been told to search. While a search is wanted whose contributions come from devices,
// some assignments are probes: of each group as many as the configuration asks for, from different devices, at most half
// of all that is out, and of each device no two in a row.
//
// Safety: no device tells of a group twice, or is given it a third time. Liveness: nobody waits for a probe to train; the
// search waits for reports no longer than there are devices that could still tell, and after a while for one report a group,
// from those at work.

import type { ContributionSource } from '../settings/values.ts';
import type { Probe, ProbeReport } from './probePlanner.ts';
import type { CoordinatorContext, CoordinatorState, DeviceRecord } from './state.ts';

export type ProbeSource = Extract<ContributionSource, { kind: 'probes' }>;

/** A group may be out with so many times as many devices as are asked for: the fast go before the slow. */
const SPARE = 1.5;

export interface GivenProbe extends Probe {
  /** Its index among the planner's groups. */
  readonly index: number;
  readonly numBatches: number;
}

/** What the device is to probe now; null: it trains. Of the groups that were told of least, one by chance. */
export function probeFor(context: CoordinatorContext, device: DeviceRecord): GivenProbe | null {
  const { state, probePlanner } = context;
  const source = probeSource(context);
  if (!source || !isProbing(context) || device.isNarrow || device.hasJustProbed) return null;
  const { told, out } = countProbes(context);
  const numOut = out.reduce((sum, count) => sum + count, 0);
  if (2 * numOut > state.assignments.size) return null;
  const sought = (group: number): number => told[group]! + out[group]!;
  const open = [...told.keys()].filter(
    (group) =>
      told[group]! < source.perGroup &&
      sought(group) < SPARE * source.perGroup &&
      !device.probed.includes(group),
  );
  const order = state.random.shuffle(open).sort((a, b) => sought(a) - sought(b));
  for (const index of order) {
    const probe = probePlanner!.probeFor(index, device.budgetBytes);
    if (probe) return { ...probe, index, numBatches: source.numBatches };
  }
  return null;
}

/** A search is wanted, and devices are to tell what it goes by. */
export function isProbing({ state, hasSearch, probePlanner }: CoordinatorContext): boolean {
  return hasSearch && probePlanner !== null && state.searchAtMs !== null && state.searching === null;
}

/** Whether there are reports enough for the search that is due; where there is a public set, always. */
export function isTold(context: CoordinatorContext): boolean {
  const source = probeSource(context);
  if (!source) return true;
  const isLate = context.state.nowMs >= patienceEndMs(context)!;
  const devices = ableDevices(context.state, isLate);
  if (devices.length === 0) return false;
  const need = isLate ? 1 : source.perGroup;
  const { told, out } = countProbes(context);
  return told.every(
    (count, group) =>
      count >= need || (out[group] === 0 && !devices.some((each) => canTell(context, each, group))),
  );
}

/** From when on one report a group will do; null where no search waits for reports. */
export function patienceEndMs(context: CoordinatorContext): number | null {
  const source = probeSource(context);
  const { searchAtMs } = context.state;
  return source && searchAtMs !== null ? searchAtMs + source.patienceMs : null;
}

/** What the search goes by. */
export function reportsOf(context: CoordinatorContext): readonly ProbeReport[] | null {
  return probeSource(context) ? context.state.reports : null;
}

/** How many probes have come back, of how many that are sought; null while nobody probes. */
export function viewProbing(
  context: CoordinatorContext,
): { readonly done: number; readonly of: number } | null {
  const source = probeSource(context);
  if (!source || !isProbing(context)) return null;
  const devices = ableDevices(context.state, false);
  const { told, out } = countProbes(context);
  const sought = told.map((count, group) => {
    const able = devices.filter((each) => canTell(context, each, group)).length;
    return Math.max(count, Math.min(source.perGroup, count + out[group]! + able));
  });
  return {
    done: told.reduce((sum, count) => sum + count, 0),
    of: sought.reduce((sum, count) => sum + count, 0),
  };
}

function probeSource({ config, probePlanner }: CoordinatorContext): ProbeSource | null {
  const { contributions } = config;
  return probePlanner && contributions.kind === 'probes' ? contributions : null;
}

/** Reports that have come and probes that are out, by group. */
function countProbes({ state, probePlanner }: CoordinatorContext): {
  readonly told: readonly number[];
  readonly out: readonly number[];
} {
  const { groups } = probePlanner!;
  const told = groups.map(() => 0);
  const out = groups.map(() => 0);
  const indices = new Map(groups.map(({ unit, part }, index) => [`${unit} ${part}`, index]));
  for (const { group } of state.reports) told[indices.get(`${group.unit} ${group.part}`)!]!++;
  for (const { probe } of state.assignments.values()) if (probe) out[probe.group]!++;
  return { told, out };
}

/** `areAtWork`: without those that are here and ask for nothing. */
function ableDevices({ devices, ready }: CoordinatorState, areAtWork: boolean): DeviceRecord[] {
  return [...devices.values()].filter(
    ({ deviceId, presence, isNarrow, open }) =>
      presence !== 'gone' && !isNarrow && (!areAtWork || open !== null || ready.has(deviceId)),
  );
}

function canTell({ probePlanner }: CoordinatorContext, device: DeviceRecord, group: number): boolean {
  return !device.probed.includes(group) && probePlanner!.probeFor(group, device.budgetBytes) !== null;
}
