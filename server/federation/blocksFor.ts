// What of the model travels with an assignment: tensors that changed since the device got them, of those that it trained
// itself no more than the trained slice, each in no finer a precision than the device holds it in or the run allows. Pure.

import {
  isSameScheme,
  slicesAmong,
  type TrainedSlice,
  type UpdateScheme,
} from '../../shared/engine/scheme.ts';
import { coarserOf, formOfBlock, isAsFine, travelPrecision } from '../../shared/protocol/blockForm.ts';
import { FLOAT32_PAYLOAD } from './config.ts';
import type { BlockOrder } from './events.ts';
import { precisionHeld } from './holding.ts';
import { versionOutside } from './sliceChanges.ts';
import type { CoordinatorContext, DeviceState } from './state.ts';

export function blocksFor(
  { config, state, parameterSpecs, precisionsOf }: CoordinatorContext,
  { holding, scheme: before, budgetBytes }: DeviceState,
  scheme: UpdateScheme,
): BlockOrder[] {
  const { down } = config.encoding ?? FLOAT32_PAYLOAD;
  const coarsest = precisionsOf(scheme, budgetBytes).map((precision) => coarserOf(precision, down));
  const slices = slicesAmong(parameterSpecs, scheme);
  const trainedBefore = new Set(holding.moved ? before?.entries.map(({ tensor }) => tensor) : []);
  const isBefore = isSameScheme(before, scheme);

  return state.blocks.flatMap(({ version, values, changes }, tensor): BlockOrder[] => {
    const parameter = parameterSpecs[tensor]!;
    const heldVersion = holding.held[tensor] ?? -1;
    const order = (slice: TrainedSlice | null): BlockOrder => {
      const { precision, bytes } = travelPrecision(formOfBlock(parameter, slice).matrix, coarsest[tensor]!);
      return { tensor, version, precision, part: slice ? 'slice' : 'whole', values, bytes };
    };
    const whole = order(null);
    if (heldVersion < 0 || !isAsFine(precisionHeld(holding, tensor), whole.precision)) return [whole];
    if (!trainedBefore.has(parameter.name)) return heldVersion === version ? [] : [whole];
    // A device whose scheme changes keeps nothing of what it trained.
    if (!isBefore) return [whole];
    const entry = slices.findIndex((candidate) => candidate.parameter === tensor);
    const slice = slices[entry]!;
    const isRestHeld = versionOutside(changes, scheme.entries[entry]!) <= heldVersion;
    return [isRestHeld && slice.size < parameter.size ? order(slice) : whole];
  });
}
