// The runs that are open now: in groups, side by side within one, and where those that are no more have led. Knows nothing
// of sockets, pages or how a run is opened.
//
// A device that names no run, or one that is no more, is dealt to the run of the group that has fewest of its kind, so that
// the runs of a group have like fleets.

import type { DeviceInfo } from '../../shared/contract/messages.ts';
import type { Waiting } from '../../shared/contract/waiting.ts';
import type { RunFacts } from './runFacts.ts';
import type { RunFigures } from './runFigures.ts';
import type { RunForDevices } from './runForDevices.ts';
import { createSteering, type Steering } from './steering.ts';

/** What of a joining device matters for where it is dealt. */
export interface Newcomer {
  readonly budgetBytes: number;
  readonly device: DeviceInfo;
}

/** What of a run matters for where it stands and who is dealt to it. */
export type RunInLine = Pick<RunFacts, 'config' | 'isEnded'> &
  Pick<RunForDevices, 'census' | 'hasPartFor'> &
  Pick<RunFigures, 'waiting'>;

/** `R`: as much of the runs as its reader has to do with. */
export interface LineUp<R> {
  /** All that are open; the first is the default run. */
  readonly runs: readonly R[];
  /** The runs side by side with this one, itself included. */
  groupOf(run: R): readonly R[];
  /** '' is the default run; of a run that is no more, the first that took its place. Undefined: never heard of. */
  find(id: string): R | undefined;
  /** The run that the device is to join: the one named if it is open, else its share of the group. */
  deal(id: string, newcomer: Newcomer): R | undefined;
  steeringOf(run: R): Steering;
  /** What the run waits for, by itself or by whoever steers it; null: it goes on, or has ended. */
  waitingOf(run: R): Waiting | null;
  /** Puts these in the place of the run's group, paused where that was. Gives the runs that were. */
  replace(run: R, next: readonly R[]): readonly R[];
}

/** `groups`: at least one, none of them empty. */
export function createLineUp<R extends RunInLine>(given: readonly (readonly R[])[]): LineUp<R> {
  let groups = given;
  const successors = new Map<string, R>();
  const steerings = new WeakMap<R, Steering>();

  const openRun = (id: string): R | undefined => groups.flat().find(({ config }) => config.id === id);

  function find(id: string): R | undefined {
    if (id === '') return groups[0]![0];
    return openRun(id) ?? successorOf(id);
  }

  function successorOf(id: string): R | undefined {
    const next = successors.get(id);
    if (next === undefined) return undefined;
    return openRun(next.config.id) ?? successorOf(next.config.id);
  }

  function groupOf(run: R): readonly R[] {
    return groups.find((group) => group.includes(run)) ?? [run];
  }

  function steeringOf(run: R): Steering {
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
function leastOf<R extends RunInLine>(group: readonly R[], { budgetBytes, device }: Newcomer): R {
  if (group.length === 1) return group[0]!;
  const able = group.filter((run) => run.hasPartFor(budgetBytes));
  const [least] = (able.length > 0 ? able : group)
    .map((run) => ({ run, alike: run.census.numAlike(device), all: run.census.numHere }))
    .sort((a, b) => a.alike - b.alike || a.all - b.all);
  return least!.run;
}
