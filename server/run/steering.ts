// What a teacher does to the devices of a run while it goes on: all pause, some are slowed down. Kept while the server is
// up. Knows nothing of sockets: whoever tells devices is handed in.

import { FULL_PACE, type Pace } from '../../shared/contract/pace.ts';

export interface Steering {
  readonly isPaused: boolean;
  /** 1: nobody slows it down. */
  slowdownOf(deviceId: string): number;
  paceOf(deviceId: string): Pace;
  /** Holds all devices, those to come too, or lets them go on. */
  setPaused(isPaused: boolean): void;
  /** Of these devices, in their order, every so many is made `factor` times slower; the others are as fast as they are. */
  slowDown(deviceIds: readonly string[], share: number, factor: number): void;
  attach(outlet: SteeringOutlet): void;
}

export interface SteeringOutlet {
  readonly connected: () => readonly string[];
  readonly tell: (deviceId: string, pace: Pace) => void;
}

export function createSteering(): Steering {
  const slowdowns = new Map<string, number>();
  let isPaused = false;
  let outlet: SteeringOutlet | null = null;

  const slowdownOf = (deviceId: string): number => slowdowns.get(deviceId) ?? FULL_PACE.slowdown;
  const paceOf = (deviceId: string): Pace => ({ slowdown: slowdownOf(deviceId), isPaused });
  function tellAll(): void {
    for (const deviceId of outlet?.connected() ?? []) outlet?.tell(deviceId, paceOf(deviceId));
  }

  return {
    get isPaused() {
      return isPaused;
    },
    slowdownOf,
    paceOf,
    setPaused(isNowPaused) {
      isPaused = isNowPaused;
      tellAll();
    },
    slowDown(deviceIds, share, factor) {
      slowdowns.clear();
      deviceIds.forEach((deviceId, i) => {
        const isChosen = Math.floor((i + 1) * share) > Math.floor(i * share);
        if (isChosen && factor > 1) slowdowns.set(deviceId, factor);
      });
      tellAll();
    },
    attach(newOutlet) {
      outlet = newOutlet;
    },
  };
}
