// Under `rotating`: which of its turns a device is given, and what of the model has been trained. A choice of its own for each
// budget: no device's depends on who else is here.

import type { SliceNorm } from './checkUpdate.ts';
import { holdsPlace } from './leases.ts';
import { nextTurn, noteParts } from './policies/nextTurn.ts';
import type { SchemeChoice, Turn } from './selectScheme.ts';
import { slicesOf } from './slices.ts';
import type { CoordinatorContext, CoordinatorState, DeviceRecord, OpenAssignment } from './state.ts';

/** What the device is to train next. Draws from the run's randomness. */
export function turnFor(context: CoordinatorContext, device: DeviceRecord): SchemeChoice & Turn {
  const { config, state, selectScheme } = context;
  const { subset } = config;
  const choice = selectScheme(subset, [device.budgetBytes]);
  if (subset.kind !== 'rotating' || !('scheme' in choice))
    throw new Error(`internal: no turns for ${device.budgetBytes} bytes, which a device was let in with`);
  const { turns = [{ ...choice, parts: [] }] } = choice;
  const parts = turns.map((turn) => turn.parts);
  const index = nextTurn(subset.sliceBy, parts, {
    tallies: state.parts,
    out: partsOut(state),
    deviceId: device.deviceId,
    version: state.version,
    random: state.random,
  });
  return { ...turns[index]!, deviceBytes: choice.deviceBytes };
}

function* partsOut(state: CoordinatorState) {
  for (const assignment of state.assignments.values()) {
    const { parts, deviceId } = assignment;
    if (!parts || !holdsPlace(assignment)) continue;
    const { claimedSamples, dealtSamples } = state.devices.get(deviceId)!;
    yield { parts, samples: claimedSamples || dealtSamples || (state.usualSamples ?? 1) };
  }
}

/** An update was accepted. `samples`: as far as they are believed. */
export function noteTrained(
  { state, model }: CoordinatorContext,
  { parts, scheme }: OpenAssignment,
  samples: number,
  measured: readonly SliceNorm[],
): void {
  if (!parts) return;
  const slices = slicesOf(model, scheme);
  const isSlice = slices.map(({ tensor, size }) => size < state.blocks[tensor]!.values.length);
  const norms = measured.filter((_, entry) => isSlice[entry] || !isSlice.includes(true));
  const norm = norms.reduce((sum, each) => sum + each.norm, 0) / norms.length;
  state.parts = noteParts(state.parts, parts, { samples, norm });
}
