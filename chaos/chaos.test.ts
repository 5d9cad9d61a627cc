// Some hundred seeds hold, the same seed is the same sequence, and what is made wrong on purpose is found.

import { describe, expect, it } from 'vitest';
import type { RunConfig } from '../shared/federation/config.ts';
import { createCoordinator, restoreCoordinator, type Coordinator } from '../shared/federation/coordinator.ts';
import type { Invariant } from './invariants.ts';
import { runSeed, type Planted } from './simulation.ts';

const NUM_SEEDS = 200;
/** Longer runs have found faults by them. */
const TELLING_SEEDS = [1082];
const SEEDS_TO_FIND = 60;
/** Busy machines included. */
const LONGEST_MS = 600_000;

const traceOf = async (seed: number): Promise<string> => {
  const lines: string[] = [];
  const { traceHash } = await runSeed(seed, { onLine: (line) => lines.push(line) });
  expect(lines.length).toBeGreaterThan(3);
  return `${traceHash} ${lines.join('\n')}`;
};

describe('with all that can go wrong', { timeout: LONGEST_MS }, () => {
  it(`the invariants hold in ${NUM_SEEDS} seeds`, async () => {
    const broken: string[] = [];
    let [kills, powerCuts, acknowledged] = [0, 0, 0];
    for (const seed of [...Array.from({ length: NUM_SEEDS }, (_, k) => k + 1), ...TELLING_SEEDS]) {
      const outcome = await runSeed(seed);
      if (outcome.broken) broken.push(`seed ${seed}: ${outcome.broken.message}`);
      kills += outcome.counts.kills;
      powerCuts += outcome.counts.powerCuts;
      acknowledged += outcome.counts.acknowledged;
    }
    expect(broken).toEqual([]);
    expect(Math.min(kills, powerCuts, acknowledged)).toBeGreaterThan(NUM_SEEDS / 2);
  });

  it('the same seed is the same sequence of events, and another one is another', async () => {
    for (const seed of [3, 10, 31]) expect(await traceOf(seed)).toBe(await traceOf(seed));
    expect(await traceOf(3)).not.toBe(await traceOf(4));
  });
});

/** A coordinator some of whose parts are others. */
const changed = (coordinator: Coordinator, change: Partial<Coordinator>): Coordinator =>
  Object.assign(Object.create(coordinator) as Coordinator, change);

const wrongly = (change: (coordinator: Coordinator) => Partial<Coordinator>): Planted => ({
  coordinators: {
    create: (deps) => ((made) => changed(made, change(made)))(createCoordinator(deps)),
    restore: (snapshot, deps) => ((made) => changed(made, change(made)))(restoreCoordinator(snapshot, deps)),
  },
});

const longLeases = (config: RunConfig): RunConfig => ({ ...config, leaseMs: 20 * config.leaseMs });

const PLANTED: readonly (readonly [what: string, planted: Planted, found: readonly Invariant[]])[] = [
  [
    'acknowledges what is not on the disk',
    { disk: { syncsNothing: true } },
    ['countsOnce', 'startsOrSaysWhy'],
  ],
  [
    'leaves the names of new files to the disk',
    { disk: { syncsNoNames: true } },
    ['countsOnce', 'startsOrSaysWhy', 'answersHold', 'versionNeverGoesBack'],
  ],
  [
    'forgets at a restart what it has answered',
    {
      coordinators: {
        create: createCoordinator,
        restore: ({ json, arrays }, deps) =>
          restoreCoordinator({ json: json.replaceAll(/"closed":\[[^\]]*\]/g, '"closed":[]'), arrays }, deps),
      },
    },
    ['answersHold'],
  ],
  [
    'counts a repetition as an update',
    wrongly((coordinator) => ({
      handle: (event) =>
        coordinator
          .handle(event)
          .map((effect) =>
            effect.kind === 'answerUpdate' && effect.outcome.accepted
              ? { ...effect, outcome: { ...effect.outcome, duplicate: false } }
              : effect,
          ),
    })),
    ['countsOnce'],
  ],
  [
    'never hears that a device is lost',
    wrongly((coordinator) => ({
      handle: (event) =>
        event.kind === 'deviceLost'
          ? coordinator.handle({ kind: 'clockAdvanced', atMs: 0 })
          : coordinator.handle(event),
    })),
    ['memoryIsBounded', 'leasesEnd'],
  ],
  [
    'keeps leases beyond their end',
    {
      coordinators: {
        create: (deps) => createCoordinator({ ...deps, config: longLeases(deps.config) }),
        restore: (snapshot, deps) =>
          restoreCoordinator(snapshot, { ...deps, config: longLeases(deps.config) }),
      },
    },
    ['leasesEnd', 'honestGetWork'],
  ],
  [
    'gives one device no work',
    wrongly((coordinator) => ({
      handle: (event) =>
        coordinator
          .handle(event)
          .filter((effect) => effect.kind !== 'assign' || effect.order.deviceId !== 'd1'),
    })),
    ['honestGetWork'],
  ],
];

describe('a server that', { timeout: LONGEST_MS }, () => {
  it.each(PLANTED)(`%s is found out within ${SEEDS_TO_FIND} seeds`, async (_, planted, found) => {
    for (let seed = 1; seed <= SEEDS_TO_FIND; seed++) {
      const { broken } = await runSeed(seed, { planted });
      if (broken === null) continue;
      expect(found).toContain(broken.invariant);
      return;
    }
    expect.fail('no seed has found it');
  });
});
