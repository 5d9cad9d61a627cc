// The coordinator's state as others may see it. Pure.

import { isSameScheme } from '../engine/scheme.ts';
import { assignmentId } from './assignmentId.ts';
import type { RunConfig } from './config.ts';
import { numActive } from './presence.ts';
import { numPlacesHeld } from './leases.ts';
import { viewProbing } from './probing.ts';
import { narrowingDevices } from './schemeChoice.ts';
import type { CoordinatorContext, DeviceRecord } from './state.ts';
import type { CoordinatorStatus, DeviceView } from './status.ts';
import { rulesOf } from './triggers.ts';

export function viewStatus(context: CoordinatorContext): CoordinatorStatus {
  const { state } = context;
  const narrowing = narrowingDevices(context);
  return {
    version: state.version,
    accepted: state.accepted,
    duplicates: state.duplicates,
    buffered: state.buffer.length,
    assignmentsOut: state.assignments.size,
    active: numActive(state),
    placesHeld: numPlacesHeld(state),
    awaited: rulesOf(context.config.strategy.trigger).awaited(state),
    divergedInARow: state.divergedInARow,
    expired: state.expired,
    clipped: state.clipped,
    refusals: state.refusals,
    choices: state.choices.map((each) => ({
      ...each,
      isFound: state.found.some(({ choice }) => isSameScheme(choice?.scheme ?? null, each.choice.scheme)),
    })),
    probing: viewProbing(context),
    isSearching: state.searching !== null,
    devices: [...state.devices.values()].map((device) => viewDevice(context, device, narrowing.has(device))),
  };
}

/** The id of the device's open assignment; '' if none. */
export function openAssignmentId({ id }: RunConfig, device: DeviceRecord | undefined): string {
  return device && device.open !== null ? assignmentId(id, device.open) : '';
}

function viewDevice(context: CoordinatorContext, device: DeviceRecord, narrows: boolean): DeviceView {
  return {
    deviceId: device.deviceId,
    device: device.device,
    presence: device.presence,
    budgetBytes: device.budgetBytes,
    openAssignment: openAssignmentId(context.config, device),
    isReady: context.state.ready.has(device.deviceId),
    trainedShare: device.trainedShare,
    narrows,
    isExempt: device.isExempt,
    assignments: device.assignments,
    updates: device.updates,
    refused: device.refused,
    lastStaleness: device.lastStaleness,
    meanStaleness: device.updates > 0 ? device.stalenessSum / device.updates : 0,
    report: device.report,
  };
}
