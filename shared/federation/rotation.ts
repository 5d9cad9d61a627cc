// Under `rotating`: which slice of the large layers a device is given, and what of them has been trained. A choice of its own
// for each budget: no device's depends on who else is here.

import type { Range } from '../engine/range.ts';
import type { SliceNorm } from './checkUpdate.ts';
import { holdsPlace } from './leases.ts';
import { spanAt, nextSlice, noteSlice } from './policies/slicePlaces.ts';
import { slicesOf } from './slices.ts';
import type { SchemeChoice } from './selectScheme.ts';
import type { CoordinatorContext, CoordinatorState, DeviceRecord, OpenAssignment } from './state.ts';

/** A choice with the 32nds of the large layers that it trains. */
export interface SliceChoice extends SchemeChoice {
  readonly span: Range;
}

/** What the device is to train next. Draws from the run's randomness. */
export function sliceFor(context: CoordinatorContext, device: DeviceRecord): SliceChoice {
  const { config, state, selectScheme } = context;
  const { subset } = config;
  const choice = selectScheme(subset, [device.budgetBytes]);
  if (subset.kind !== 'rotating' || !('scheme' in choice))
    throw new Error(`internal: no slices for ${device.budgetBytes} bytes, which a device was let in with`);
  const { slices = [choice.scheme] } = choice;
  const index = nextSlice(subset.sliceBy, slices.length, {
    tallies: state.slices,
    out: slicesOut(state),
    deviceId: device.deviceId,
    version: state.version,
    random: state.random,
  });
  return { ...choice, scheme: slices[index]!, span: spanAt(index, slices.length) };
}

function* slicesOut(state: CoordinatorState) {
  for (const assignment of state.assignments.values()) {
    const { span, deviceId } = assignment;
    if (!span || !holdsPlace(assignment)) continue;
    const { claimedSamples, dealtSamples } = state.devices.get(deviceId)!;
    yield { span, samples: claimedSamples || dealtSamples || (state.usualSamples ?? 1) };
  }
}

/** An update was accepted. `samples`: as far as they are believed. */
export function noteTrained(
  { state, model }: CoordinatorContext,
  { span, scheme }: OpenAssignment,
  samples: number,
  measured: readonly SliceNorm[],
): void {
  if (!span) return;
  const norms = slicesOf(model, scheme).flatMap(({ tensor, size }, entry) =>
    size < state.blocks[tensor]!.values.length ? [measured[entry]!.norm] : [],
  );
  const norm = norms.reduce((sum, each) => sum + each, 0) / Math.max(1, norms.length);
  state.slices = noteSlice(state.slices, span, { samples, norm });
}
