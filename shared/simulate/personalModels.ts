// What each device's personal model is worth at the end of a simulation. Knows nothing of how it is made.

import { splitHeldOut } from '../localWork/splitHeldOut.ts';
import type { Pending, PersonalOutcome } from './compute.ts';
import type { SimulationConfig } from './simulationConfig.ts';
import type { SimulationData } from './simulationData.ts';
import type { PersonalFigures } from './simulationResult.ts';
import type { VirtualDevice } from './virtualDevices.ts';

/** Sample numbers of each device that it trains on, and those that its models are judged by (none unless it is asked for). */
export interface Shards {
  readonly shards: readonly Uint32Array[];
  readonly heldOut: readonly Uint32Array[];
}

export function shardsOf({ personal }: SimulationConfig, { shards, train }: SimulationData): Shards {
  if (!personal) return { shards, heldOut: shards.map(() => new Uint32Array(0)) };
  // Where there are targets and no labels, all are of one class.
  const split = shards.map((samples) => splitHeldOut(samples, (sample) => train.labels[sample] ?? 0));
  return { shards: split.map(({ training }) => training), heldOut: split.map((each) => each.heldOut) };
}

export function personalFiguresOf(
  devices: readonly VirtualDevice[],
  heldOut: readonly Uint32Array[],
  personalise: (device: VirtualDevice, heldOut: Uint32Array) => Pending<PersonalOutcome>,
): Promise<PersonalFigures[]> {
  return Promise.all(
    devices.map(async (device) => ({
      device: device.index,
      isStraggler: device.stragglerFactor > 1,
      trainingSamples: device.samples.length,
      heldOutSamples: heldOut[device.index]!.length,
      ...(await personalise(device, heldOut[device.index]!).outcome),
    })),
  );
}
