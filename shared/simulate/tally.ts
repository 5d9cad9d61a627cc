// Counts what happens in a simulation. Changes nothing and decides nothing.

import type { UpdateScheme } from '../engine/scheme.ts';
import type { Strategy } from '../federation/config.ts';
import type { StepRecord, UpdateOutcome } from '../federation/events.ts';
import type { PlannedWork } from './plannedWork.ts';
import type { ClassFigures, CostSoFar, SchemeFigures, SimulationResult } from './simulationResult.ts';
import type { VirtualDevice } from './virtualDevices.ts';

/** What an assignment took, or as much as was done of it. */
export interface Amounts {
  readonly downBytes: number;
  readonly upBytes: number;
  readonly flops: number;
}

export type TallyFigures = Pick<
  SimulationResult,
  | 'accepted'
  | 'refused'
  | 'interrupted'
  | 'diverged'
  | 'probes'
  | 'payloadBytes'
  | 'payloadDownBytes'
  | 'payloadUpBytes'
  | 'totalFlops'
  | 'deviceBytesMean'
  | 'deviceBytesMax'
  | 'stepBytes'
  | 'stepBytesMax'
  | 'stragglerWeightShare'
  | 'stragglerUpdateShare'
  | 'hostileWeightShare'
  | 'clippedTensors'
  | 'stalenessMean'
  | 'stalenessCounts'
  | 'participants'
  | 'byClass'
  | 'schemes'
>;

export interface Tally {
  readonly accepted: number;
  readonly costSoFar: CostSoFar;
  readonly failed: { readonly diverged: number; readonly interrupted: number };
  refusedDevice(device: VirtualDevice): void;
  /** `scheme` null: to probe. */
  assigned(device: VirtualDevice, scheme: UpdateScheme | null, planned: PlannedWork): void;
  interrupted(device: VirtualDevice, amounts: Amounts): void;
  /** The update has been sent, or would have been if it had not diverged. */
  finished(device: VirtualDevice, amounts: Amounts): void;
  diverged(device: VirtualDevice): void;
  answered(deviceId: string, outcome: UpdateOutcome): void;
  probeAnswered(outcome: UpdateOutcome): void;
  stepped(record: StepRecord): void;
  figures(): TallyFigures;
}

/** The most that a device held so far. */
interface Memory {
  readonly deviceBytes: number;
  readonly stepBytes: number;
}

export function createTally(
  devices: readonly VirtualDevice[],
  { maxSamples }: Strategy,
  numParameters: number,
): Tally {
  const byId = new Map(devices.map((device) => [device.deviceId, device]));
  const memory = new Map<string, Memory>();
  const refusedIds = new Set<string>();
  const classes = new Map<string, { -readonly [K in keyof ClassFigures]: ClassFigures[K] }>();
  const stalenessCounts: number[] = [];
  const schemes = new Map<string, { -readonly [K in keyof SchemeFigures]: SchemeFigures[K] }>();
  const schemeKeys = new WeakMap<UpdateScheme, string>();
  let [accepted, refused, interrupted, diverged, probes] = [0, 0, 0, 0, 0];
  let [downBytes, upBytes, flops] = [0, 0, 0];
  let [weight, stragglerWeight, stragglerUpdates] = [0, 0, 0];
  let [hostileWeight, clippedTensors] = [0, 0];
  for (const { deviceClass, stragglerFactor } of devices) {
    const figures = classes.get(deviceClass.name) ?? {
      devices: 0,
      stragglers: 0,
      refusedDevices: 0,
      updates: 0,
      refused: 0,
    };
    figures.devices++;
    if (stragglerFactor > 1) figures.stragglers++;
    classes.set(deviceClass.name, figures);
  }

  function spent(amounts: Amounts): void {
    downBytes += amounts.downBytes;
    upBytes += amounts.upBytes;
    flops += amounts.flops;
  }
  function keyOf(scheme: UpdateScheme): string {
    const key = schemeKeys.get(scheme) ?? JSON.stringify(scheme);
    schemeKeys.set(scheme, key);
    return key;
  }
  const classOf = (device: VirtualDevice) => classes.get(device.deviceClass.name)!;

  return {
    get accepted() {
      return accepted;
    },
    get costSoFar() {
      return { updates: accepted, payloadBytes: downBytes + upBytes };
    },
    get failed() {
      return { diverged, interrupted };
    },
    refusedDevice(device) {
      if (!refusedIds.has(device.deviceId)) classOf(device).refusedDevices++;
      refusedIds.add(device.deviceId);
    },
    assigned({ deviceId }, scheme, { deviceBytes, stepBytes, entrySizes }) {
      const size = entrySizes.reduce((sum, entry) => sum + entry, 0);
      if (scheme) {
        const key = keyOf(scheme);
        const given = schemes.get(key) ?? { scheme, trainedShare: size / numParameters, assignments: 0 };
        given.assignments++;
        schemes.set(key, given);
      }
      const most = memory.get(deviceId);
      memory.set(deviceId, {
        deviceBytes: Math.max(deviceBytes, most?.deviceBytes ?? 0),
        stepBytes: Math.max(stepBytes, most?.stepBytes ?? 0),
      });
    },
    interrupted(_device, amounts) {
      interrupted++;
      spent(amounts);
    },
    finished(_device, amounts) {
      spent(amounts);
    },
    diverged() {
      diverged++;
    },
    answered(deviceId, outcome) {
      const device = byId.get(deviceId)!;
      if (!outcome.accepted) {
        refused++;
        classOf(device).refused++;
        return;
      }
      accepted++;
      classOf(device).updates++;
      if (device.stragglerFactor > 1) stragglerUpdates++;
    },
    probeAnswered(outcome) {
      if (outcome.accepted) probes++;
      else refused++;
    },
    stepped({ updates, clipped }) {
      clippedTensors += clipped;
      for (const update of updates) {
        const mass = update.weight * Math.min(update.samples, maxSamples);
        weight += mass;
        if (byId.get(update.deviceId)!.stragglerFactor > 1) stragglerWeight += mass;
        if (byId.get(update.deviceId)!.isHostile) hostileWeight += mass;
        while (stalenessCounts.length <= update.staleness) stalenessCounts.push(0);
        stalenessCounts[update.staleness]!++;
      }
    },
    figures() {
      const deviceBytes = [...memory.values()].map((most) => most.deviceBytes);
      const stepBytes = [...memory.values()].map((most) => most.stepBytes);
      const stepped = stalenessCounts.reduce((sum, times) => sum + times, 0);
      return {
        accepted,
        refused,
        interrupted,
        diverged,
        probes,
        payloadBytes: downBytes + upBytes,
        payloadDownBytes: downBytes,
        payloadUpBytes: upBytes,
        totalFlops: flops,
        deviceBytesMean: mean(deviceBytes),
        deviceBytesMax: deviceBytes.reduce((a, b) => Math.max(a, b), 0),
        stepBytes: mean(stepBytes),
        stepBytesMax: stepBytes.reduce((a, b) => Math.max(a, b), 0),
        stragglerWeightShare: weight > 0 ? stragglerWeight / weight : 0,
        hostileWeightShare: weight > 0 ? hostileWeight / weight : 0,
        clippedTensors,
        stragglerUpdateShare: accepted > 0 ? stragglerUpdates / accepted : 0,
        stalenessMean:
          stepped > 0 ? stalenessCounts.reduce((sum, times, tau) => sum + times * tau, 0) / stepped : 0,
        stalenessCounts,
        participants: memory.size,
        byClass: Object.fromEntries(classes),
        schemes: [...schemes.values()],
      };
    },
  };
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
