// One seed from its beginning to its end: a server that is killed and started again, devices, a network and a disk, in virtual
// time. First things go wrong, then nothing does any more, and whoever is honest gets work.

import type { Coordinators } from '../server/run/liveRunOptions.ts';
import { createCoordinator, restoreCoordinator } from '../shared/federation/coordinator.ts';
import { createFaultyDisk, type DiskLies } from './disk/faultyDisk.ts';
import { createHonestDevice, type DeviceWorld, type HonestDevice } from './honestDevice.ts';
import { createHostileDevice } from './hostileDevice.ts';
import { createInvariants, InvariantBroken } from './invariants.ts';
import { createNetwork } from './network.ts';
import { createWatch } from './observedCoordinator.ts';
import { createOperator } from './operator.ts';
import { RUN_FOLDER, type ServerProcess } from './serverProcess.ts';
import { createOracle } from './oracle.ts';
import { drawScenario, type Scenario } from './scenario.ts';
import { COUNTED, createWorld, type Counted } from './world.ts';

/** What is made wrong on purpose, to prove that it is found. */
export interface Planted {
  readonly disk?: DiskLies;
  readonly coordinators?: Coordinators;
}

export interface SeedOutcome {
  readonly seed: number;
  /** Null: all invariants held. */
  readonly broken: InvariantBroken | null;
  readonly traceHash: string;
  readonly counts: Readonly<Record<Counted, number>>;
  readonly virtualMs: number;
}

export interface SeedOptions {
  readonly onLine?: (line: string) => void;
  readonly planted?: Planted;
}

const PATIENCE_FOR_GHOSTS_MS = 5_000;
/** Each honest device does so much work in the time without faults. */
const WORK_WANTED = 2;

export async function runSeed(
  seed: number,
  { onLine, planted = {} }: SeedOptions = {},
): Promise<SeedOutcome> {
  const world = createWorld(seed, onLine);
  const scenario = drawScenario(world);
  const { config } = scenario;
  const invariants = createInvariants();
  const { strategy } = config;
  const isMean = strategy.optimizer.kind === 'plain';
  const watch = createWatch(invariants, isMean ? strategy : null);
  const oracle = createOracle(world, invariants, watch, config);
  const disk = createFaultyDisk(world, planted.disk);
  // As whoever claims a run's folder leaves it (runManifest.ts).
  disk.names.found(RUN_FOLDER.split('/').slice(1));
  const network = createNetwork(world);
  const { create, restore } = planted.coordinators ?? {
    create: createCoordinator,
    restore: restoreCoordinator,
  };
  const operator = createOperator({
    world,
    scenario,
    disk,
    network,
    oracle,
    invariants,
    coordinators: {
      create: (deps) => watch.begin(create(deps)),
      restore: (snapshot, deps) => watch.goOn(snapshot, restore(snapshot, deps)),
    },
  });
  const deviceWorld = (origin: string): DeviceWorld => ({
    world,
    network,
    oracle,
    invariants,
    accept: (connection) => operator.server?.accept(connection, origin) ?? null,
  });
  const honest = scenario.turnsMs.map((turnMs, k) =>
    createHonestDevice(deviceWorld(`home${k}`), `honest${k}`, turnMs),
  );
  let isCalm = false;
  for (let k = 0; k < scenario.numHostile; k++)
    createHostileDevice(deviceWorld('away'), `hostile${k}`, () => isCalm && !scenario.hostileStay);
  reloadSome(honest);

  const check = (): void => oracle.check(operator.server);
  let broken: InvariantBroken | null = null;
  try {
    Object.assign(network.weather, {
      longestMs: scenario.longestMs,
      unruliness: scenario.unruliness,
      cutShare: scenario.cutShare,
    });
    operator.begin();
    await world.runTo(scenario.faultsMs, check);
    world.tell('world', 'nothing goes wrong any more');
    isCalm = true;
    Object.assign(network.weather, { longestMs: 40, unruliness: 0, cutShare: 0 });
    operator.calm();
    await expectWork();
  } catch (error) {
    if (!(error instanceof InvariantBroken)) throw error;
    broken = error;
    world.tell('BROKEN', error.message);
  }
  return { seed, broken, traceHash: world.traceHash(), counts: { ...world.counts }, virtualMs: world.nowMs };

  function reloadSome(devices: readonly HonestDevice[]): void {
    const { reloadsEveryMs } = scenario;
    if (reloadsEveryMs === 0) return;
    world.after(world.between(1, 2 * reloadsEveryMs), () => {
      if (isCalm) return;
      devices[world.random.integer(devices.length)]!.reload();
      reloadSome(devices);
    });
  }

  async function expectWork(): Promise<void> {
    const before = honest.map(({ numDone }) => numDone);
    const isServed = (k: number): boolean => honest[k]!.numDone >= before[k]! + WORK_WANTED;
    const endMs = world.nowMs + patienceMs(scenario);
    while (world.nowMs < endMs && !honest.every((_, k) => isServed(k)))
      await world.runTo(world.nowMs + 500, check);
    for (const [k, { name }] of honest.entries())
      if (!isServed(k))
        invariants.broken('honestGetWork', `${name} had too little in ${patienceMs(scenario)} ms`);
    invariants.expectHeld();
    await expectNoGhosts();
  }

  /** Who counts as connected has a connection; joins that are on their way are waited for. */
  async function expectNoGhosts(): Promise<void> {
    const endMs = world.nowMs + PATIENCE_FOR_GHOSTS_MS;
    for (; world.nowMs < endMs; await world.runTo(world.nowMs + 100, check)) {
      const [connected, joined] = presentAt(operator.server);
      if (connected <= joined) return;
    }
    invariants.broken(
      'memoryIsBounded',
      `${presentAt(operator.server).join(' devices count as connected, and there are connections of ')}`,
    );
    invariants.expectHeld();
  }
}

function presentAt(server: ServerProcess | null): readonly [connected: number, joined: number] {
  return [server?.run.numConnected() ?? 0, server?.numJoined ?? 0];
}

/** Ends of leases and graces, times the turns that others may have before. */
function patienceMs({ config, numHonest, numHostile }: Scenario): number {
  return 60_000 + (numHonest + 2 * numHostile) * (config.leaseMs + config.graceMs + 5_000);
}

export function addCounts(sum: Record<Counted, number>, counts: Readonly<Record<Counted, number>>): void {
  for (const what of COUNTED) sum[what] += counts[what];
}
