// A server process of the simulation: what it has begun ends with it.

import type { Machine } from '../server/run/machine.ts';
import type { FaultyDisk } from './disk/faultyDisk.ts';
import type { ChaosWorld } from './world.ts';

export interface Process {
  readonly number: number;
  readonly isAlive: boolean;
  readonly machine: Machine;
  /** From now on nothing that it has begun goes on. */
  end(): void;
}

export function startProcess(world: ChaosWorld, disk: FaultyDisk, number: number): Process {
  return new SimulatedProcess(world, disk, number);
}

class SimulatedProcess implements Process {
  readonly number: number;
  readonly machine: Machine;
  isAlive = true;

  constructor(world: ChaosWorld, disk: FaultyDisk, number: number) {
    const startedAtMs = world.nowMs;
    this.number = number;
    this.machine = {
      disk: disk.openFor(this),
      nowMs: () => world.nowMs - startedAtMs,
      after: (delayMs, act) =>
        world.after(delayMs, () => {
          if (this.isAlive) act();
        }),
    };
  }

  end(): void {
    this.isAlive = false;
  }
}
