// What a seed is about: the run's settings, who takes part, and how much goes wrong. All of it by chance.

import type { GivenTrigger } from '../shared/settings/trigger.ts';
import { tinyRun } from '../server/testing/tinyTask.ts';
import type { RunConfig } from '../shared/federation/config.ts';
import { findStrategy } from '../shared/federation/strategies.ts';
import type { ChaosWorld } from './world.ts';

export interface Scenario {
  readonly config: RunConfig;
  readonly checkpointEverySteps: number;
  readonly numHonest: number;
  readonly numHostile: number;
  /** Of each honest device: how long it trains. */
  readonly turnsMs: readonly (readonly [least: number, most: number])[];
  /** For so long things go wrong. */
  readonly faultsMs: number;
  /** Between two ends of servers. */
  readonly endsEveryMs: number;
  /** Of those ends, how many take the power with them. */
  readonly powerCutShare: number;
  /** Of downtimes without a power cut, how many leave flipped bits. */
  readonly flipShare: number;
  readonly diskTroubleEveryMs: number;
  readonly unruliness: number;
  readonly cutShare: number;
  readonly longestMs: number;
  readonly reloadsEveryMs: number;
  /** The hostile stay while the honest are to get their work. */
  readonly hostileStay: boolean;
}

export function drawScenario(world: ChaosWorld): Scenario {
  const pick = <T>(...all: readonly T[]): T => all[world.random.integer(all.length)]!;
  const numHonest = world.between(2, 5);
  const size = world.between(1, Math.min(3, numHonest));
  const deadlineMs = pick(0, 0, 2_000);
  const trigger: GivenTrigger = pick<GivenTrigger>(
    { kind: 'buffer', size, deadlineMs },
    { kind: 'buffer', size, deadlineMs },
    // A hostile device that holds work and is silent is waited for until its time is over.
    { kind: 'cohort', size, first: size, deadlineMs: 2_000 },
  );
  const base = pick('ftte', 'fedBuff', 'fedAsync');
  const config = tinyRun('chaos', {
    seed: world.random.integer(2 ** 31),
    strategy: findStrategy(base, {
      trigger,
      clipMultiple: 0,
      variance: { kind: 'none', exponent: 0 },
      maxStaleness: pick(2, 50, 200),
      optimizer: pick({ kind: 'plain' }, { kind: 'plain' }, { kind: 'momentum', decay: 0.5 }),
    }),
    encoding: { up: { kind: 'float32' }, down: 'float32' },
    concurrency: pick(Math.max(2, size), 100, 100),
    leaseMs: pick(3_000, 8_000),
    graceMs: pick(1_000, 6_000),
    tempoMs: pick(0, 0, 300),
  });
  const isRough = world.chance(0.5);
  return {
    config,
    checkpointEverySteps: pick(3, 10, 1000),
    numHonest,
    numHostile: pick(0, 1, 2),
    turnsMs: Array.from({ length: numHonest }, () => pick([50, 300], [50, 300], [400, 2_500])),
    faultsMs: world.between(8_000, 20_000),
    endsEveryMs: pick(1_500, 3_000, 6_000),
    powerCutShare: pick(0, 0.5, 1),
    flipShare: pick(0, 0, 0.7),
    diskTroubleEveryMs: pick(0, 4_000, 8_000),
    unruliness: isRough ? pick(0, 0.02, 0.1) : 0,
    cutShare: pick(0, 0.05, 0.3),
    longestMs: pick(5, 40, 400),
    reloadsEveryMs: pick(0, 1_500, 5_000),
    hostileStay: world.chance(0.5),
  };
}
