// What is told of each device at the end: the same fields in the demo's JSON and in the table.

import { formatByteSize } from '../../shared/byteSize.ts';
import type { DeviceStatus } from '../../shared/contract/status.ts';
import { formatTable } from './formatTable.ts';

export type TabReport = Pick<
  DeviceStatus,
  | 'name'
  | 'profile'
  | 'stragglerFactor'
  | 'budgetBytes'
  | 'deviceBytes'
  | 'allocatedBytes'
  | 'trainedShare'
  | 'updates'
  | 'refused'
  | 'meanStaleness'
  | 'stepMsMedian'
  | 'joinToFirstStepMs'
  | 'bytesDown'
  | 'bytesUp'
>;

/** Sorted by name. */
export function reportDevices(devices: readonly DeviceStatus[]): TabReport[] {
  return devices
    .map((device) => ({
      name: device.name,
      profile: device.profile,
      stragglerFactor: device.stragglerFactor,
      budgetBytes: device.budgetBytes,
      deviceBytes: device.deviceBytes,
      allocatedBytes: device.allocatedBytes,
      trainedShare: device.trainedShare,
      updates: device.updates,
      refused: device.refused,
      meanStaleness: device.meanStaleness,
      stepMsMedian: device.stepMsMedian,
      joinToFirstStepMs: device.joinToFirstStepMs,
      bytesDown: device.bytesDown,
      bytesUp: device.bytesUp,
    }))
    .sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
}

export function tableOfDevices(devices: readonly TabReport[]): string {
  const head = [
    'device',
    'straggler',
    'budget',
    'deviceBytes',
    'trained',
    'updates',
    'refused',
    'staleness',
    'ms/step',
    'down',
    'up',
  ];
  const rows = devices.map((device) => [
    device.name,
    device.stragglerFactor > 1 ? `${device.stragglerFactor}x` : '',
    formatByteSize(device.budgetBytes),
    formatByteSize(device.deviceBytes),
    `${(100 * device.trainedShare).toFixed(1)} %`,
    String(device.updates),
    String(device.refused),
    device.meanStaleness.toFixed(1),
    device.stepMsMedian.toFixed(1),
    formatByteSize(device.bytesDown),
    formatByteSize(device.bytesUp),
  ]);
  return formatTable([head, ...rows]);
}
