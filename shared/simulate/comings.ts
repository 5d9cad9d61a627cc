// How long a device stays and is away, and whether it drops out of an assignment: draws from its own streams of chance.

import type { VirtualDevice } from './virtualDevices.ts';
import type { World } from './world.ts';

export interface Comings {
  /** Virtual time of its first coming. */
  firstComesMs(device: VirtualDevice): number;
  /** Infinity: for good. */
  staysMs(device: VirtualDevice): number;
  awayMs(device: VirtualDevice): number;
  /** Share of the assignment's time after which the device is gone; Infinity: it is not. */
  dropsOutAfter(device: VirtualDevice): number;
}

export function createComings({ churn }: World): Comings {
  return {
    firstComesMs(device) {
      if (device.deviceClass.schedule || !churn) return 0;
      const awayShare = churn.awaySeconds / (churn.awaySeconds + churn.staySeconds);
      // Time away has no memory: who is away at the start stays away as long as who has just left.
      return device.churn.uniform() < awayShare ? drawExponential(device, churn.awaySeconds) : 0;
    },
    staysMs(device) {
      const { schedule } = device.deviceClass;
      if (schedule) return schedule.staySeconds * 1000;
      return churn ? drawExponential(device, churn.staySeconds) : Infinity;
    },
    awayMs(device) {
      const { schedule } = device.deviceClass;
      if (schedule) return schedule.awaySeconds * 1000;
      if (!churn) throw new Error(`internal: ${device.deviceId} left a world without churn`);
      return drawExponential(device, churn.awaySeconds);
    },
    dropsOutAfter(device) {
      if (!churn) return Infinity;
      const [chance, share] = [device.dropOut.uniform(), device.dropOut.uniform()];
      return chance < churn.dropOutShare ? share : Infinity;
    },
  };
}

function drawExponential({ churn }: VirtualDevice, meanSeconds: number): number {
  return -Math.log(1 - churn.uniform()) * meanSeconds * 1000;
}
