// The runs that are open now: in groups, side by side within one, and where those that are no more have led. Knows nothing
// of sockets, pages or how a run is opened.
//
// A device that names no run, or one that is no more, is dealt to the run of the group that has fewest of its kind, so that
// the runs of a group have like fleets.

import type { DeviceInfo } from '../../shared/contract/messages.ts';
import type { Waiting } from '../../shared/contract/waiting.ts';
import type { LiveRun } from './liveRun.ts';
import { createSteering, type Steering } from './steering.ts';

/** What of a joining device matters for where it is dealt. */
export interface Newcomer {
  readonly budgetBytes: number;
  readonly device: DeviceInfo;
}

export interface LineUp {
  /** All that are open; the first is the default run. */
  readonly runs: readonly LiveRun[];
  /** The runs side by side with this one, itself included. */
  groupOf(run: LiveRun): readonly LiveRun[];
  /** '' is the default run; of a run that is no more, the first that took its place. Undefined: never heard of. */
  find(id: string): LiveRun | undefined;
  /** The run that the device is to join: the one named if it is open, else its share of the group. */
  deal(id: string, newcomer: Newcomer): LiveRun | undefined;
  steeringOf(run: LiveRun): Steering;
  /** What the run waits for, by itself or by whoever steers it; null: it goes on, or has ended. */
  waitingOf(run: LiveRun): Waiting | null;
  /** Puts these in the place of the run's group, paused where that was. Gives the runs that were. */
  replace(run: LiveRun, next: readonly LiveRun[]): readonly LiveRun[];
}

/** `groups`: at least one, none of them empty. */
export function createLineUp(given: readonly (readonly LiveRun[])[]): LineUp {
  let groups = given;
  const successors = new Map<string, LiveRun>();
  const steerings = new WeakMap<LiveRun, Steering>();

  const openRun = (id: string): LiveRun | undefined => groups.flat().find(({ config }) => config.id === id);

  function find(id: string): LiveRun | undefined {
    if (id === '') return groups[0]![0];
    return openRun(id) ?? successorOf(id);
  }

  function successorOf(id: string): LiveRun | undefined {
    const next = successors.get(id);
    if (next === undefined) return undefined;
    return openRun(next.config.id) ?? successorOf(next.config.id);
  }

  function groupOf(run: LiveRun): readonly LiveRun[] {
    return groups.find((group) => group.includes(run)) ?? [run];
  }

  function steeringOf(run: LiveRun): Steering {
    const steering = steerings.get(run) ?? createSteering();
    steerings.set(run, steering);
    return steering;
  }

  return {
    get runs() {
      return groups.flat();
    },
    groupOf,
    find,
    deal(id, newcomer) {
      const named = openRun(id);
      if (named) return named;
      const found = find(id);
      return found && leastOf(groupOf(found), newcomer);
    },
    steeringOf,
    waitingOf: (run) => (steeringOf(run).isPaused && !run.isEnded ? { kind: 'paused' } : run.waiting()),
    replace(run, next) {
      const old = groupOf(run);
      groups = groups.map((group) => (group === old ? next : group));
      for (const each of old) successors.set(each.config.id, next[0]!);
      for (const each of next) steeringOf(each).setPaused(steeringOf(run).isPaused);
      return old;
    },
  };
}

/** Of those that have a part for the device: the one with fewest of its kind, then with fewest at all, then the first. */
function leastOf(group: readonly LiveRun[], { budgetBytes, device }: Newcomer): LiveRun {
  if (group.length === 1) return group[0]!;
  const able = group.filter((run) => run.hasPartFor(budgetBytes));
  const [least] = (able.length > 0 ? able : group)
    .map((run) => ({ run, alike: run.census.numAlike(device), all: run.census.numHere }))
    .sort((a, b) => a.alike - b.alike || a.all - b.all);
  return least!.run;
}
