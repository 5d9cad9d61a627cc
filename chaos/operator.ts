// Whoever keeps the server up: ends it in every way there is, starts it again, and mends what a start says is broken.

import { CheckpointError } from '../server/store/checkpointError.ts';
import type { Coordinators } from '../server/run/liveRunOptions.ts';
import { diskFaultOf } from '../server/store/diskFault.ts';
import { FAIR, type FaultyDisk } from './disk/faultyDisk.ts';
import type { Invariants } from './invariants.ts';
import type { Network } from './network.ts';
import type { Oracle } from './oracle.ts';
import { startProcess, type Process } from './process.ts';
import { ProcessEnded } from './processEnded.ts';
import type { Scenario } from './scenario.ts';
import { startServerProcess, type ServerProcess } from './serverProcess.ts';
import type { ChaosWorld } from './world.ts';

export interface Operator {
  /** Null: none is up. */
  readonly server: ServerProcess | null;
  begin(): void;
  /** From now on nothing ends the server, and the disk is well. */
  calm(): void;
}

export interface OperatorParts {
  readonly world: ChaosWorld;
  readonly scenario: Scenario;
  readonly disk: FaultyDisk;
  readonly network: Network;
  readonly oracle: Oracle;
  readonly invariants: Invariants;
  readonly coordinators: Coordinators;
}

interface Flip {
  readonly restore: () => void;
}

type EndKind = 'killed' | 'powerCut' | 'failed' | 'shutDown';

const MOST_OPS_TO_END = 40;

export function createOperator(parts: OperatorParts): Operator {
  const { world, scenario, disk, network, oracle, invariants } = parts;
  let process: Process | null = null;
  let server: ServerProcess | null = null;
  let numProcesses = 0;
  let numDevices = 0;
  let isCalm = false;
  /** Not brought back, and a server has gone on with them. */
  let flips: Flip[] = [];
  let oldFlips = 0;
  let opsToEnd = Infinity;
  let endAtOp: EndKind = 'killed';

  disk.beforeEach = (user) => {
    if (process === null || user !== process) return;
    if (--opsToEnd >= 0) return;
    opsToEnd = Infinity;
    end(endAtOp);
    throw new ProcessEnded('the process has ended');
  };

  function start(acceptsLoss = false): void {
    const mine = startProcess(world, disk, ++numProcesses);
    process = mine;
    world.count('starts');
    world.tell('operator', `starts server ${mine.number}${acceptsLoss ? ', and accepts loss' : ''}`);
    void startServerProcess({
      process: mine,
      oracle,
      config: scenario.config,
      coordinators: parts.coordinators,
      acceptsLoss,
      newDeviceId: () => `d${++numDevices}`,
      checkpointEverySteps: scenario.checkpointEverySteps,
      onFailure: (error) => failed(mine, error),
    }).then(
      (opened) => {
        if (!mine.isAlive) return;
        server = opened;
        for (const note of opened.run.notes) world.tell('server', note);
        world.tell('server', `goes on at version ${opened.run.version}`);
        oldFlips = acceptsLoss ? 0 : oldFlips + flips.length;
        flips = [];
        oracle.started(opened, acceptsLoss);
      },
      (error: Error) => {
        if (mine.isAlive) refused(mine, error);
      },
    );
  }

  /** A server that runs cannot go on: it ends. */
  function failed(mine: Process, error: Error): void {
    world.tell('server', `fails: ${error.message}`);
    if (!(error instanceof CheckpointError) || error.code !== 'writeFailed')
      invariants.broken('noFault', error.stack ?? error.message);
    world.after(world.between(0, 20), () => {
      if (mine.isAlive) end('failed');
    });
  }

  function refused(mine: Process, error: Error): void {
    world.count('refusedStarts');
    world.tell('server', `does not start: ${error.message}`);
    mine.end();
    process = null;
    // `npm start` tells of these in words, too.
    if (diskFaultOf(error) !== null) return void world.after(world.between(50, 500), mendAndStart);
    if (!(error instanceof CheckpointError))
      return invariants.broken('startsOrSaysWhy', error.stack ?? error.message);
    switch (error.code) {
      case 'unusable':
      case 'writeFailed':
        return void world.after(world.between(50, 500), mendAndStart);
      case 'damaged':
        return goOnDamaged(error);
      default:
        return invariants.broken('startsOrSaysWhy', error.message);
    }
  }

  function goOnDamaged(error: CheckpointError): void {
    if (flips.length === 0 && oldFlips === 0)
      return invariants.broken(
        'startsOrSaysWhy',
        `nothing was damaged, and the start says: ${error.message}`,
      );
    if (flips.length > 0 && world.chance(0.5)) {
      world.tell('operator', 'puts the files back from a copy');
      for (const { restore } of flips.reverse()) restore();
      flips = [];
      return void world.after(10, () => start());
    }
    world.count('acceptedLosses');
    oldFlips += flips.length;
    flips = [];
    world.after(10, () => start(true));
  }

  function mendAndStart(): void {
    if (isCalm || world.chance(0.5)) mend();
    start();
  }

  function mend(): void {
    Object.assign(disk.weather, FAIR);
  }

  function end(kind: EndKind): void {
    if (process === null) return;
    world.tell('server', `${process.number} is ${kind === 'powerCut' ? 'without power' : kind}`);
    process.end();
    process = null;
    server = null;
    opsToEnd = Infinity;
    network.dropAll();
    if (kind === 'killed') world.count('kills');
    if (kind === 'powerCut') {
      world.count('powerCuts');
      disk.cutPower();
    } else if (!isCalm && world.chance(scenario.flipShare)) {
      flipSome();
    }
    world.after(world.between(20, 1_500), mendAndStart);
  }

  function flipSome(): void {
    const times = world.between(1, 3);
    for (let time = 0; time < times; time++) {
      const flip = disk.flipBit();
      if (flip === null) return;
      world.count('bitFlips');
      world.tell('disk', `flips ${flip.where}`);
      flips.push(flip);
    }
  }

  /** At once, or in the middle of what it does on the disk. */
  function planEnd(): void {
    world.after(world.between(1, 2 * scenario.endsEveryMs), () => {
      if (isCalm) return;
      planEnd();
      if (process === null) return;
      const kind = world.chance(scenario.powerCutShare) ? 'powerCut' : 'killed';
      if (server !== null && world.chance(0.1)) return shutDown(server);
      if (world.chance(0.3)) return end(kind);
      endAtOp = kind;
      opsToEnd = world.random.integer(MOST_OPS_TO_END);
    });
  }

  function shutDown({ run, process: mine }: ServerProcess): void {
    world.count('shutdowns');
    world.tell('operator', `ends server ${mine.number} in order`);
    server = null;
    network.dropAll();
    const over = (): void => {
      if (mine.isAlive) end('shutDown');
    };
    run.close().then(over, over);
  }

  function planDiskTrouble(): void {
    if (scenario.diskTroubleEveryMs === 0) return;
    world.after(world.between(1, 2 * scenario.diskTroubleEveryMs), () => {
      if (isCalm) return;
      const trouble = [
        { errorShare: 0.05 },
        { errorShare: 0.3 },
        { capacityBytes: disk.usedBytes() + world.random.integer(2_000) },
        { longestMs: 200 },
      ][world.random.integer(4)]!;
      world.tell('disk', `trouble: ${JSON.stringify(trouble)}`);
      Object.assign(disk.weather, trouble);
      world.after(world.between(100, 2_000), mend);
      planDiskTrouble();
    });
  }

  return {
    get server() {
      return server;
    },
    begin() {
      start();
      planEnd();
      planDiskTrouble();
    },
    calm() {
      isCalm = true;
      opsToEnd = Infinity;
      mend();
    },
  };
}
