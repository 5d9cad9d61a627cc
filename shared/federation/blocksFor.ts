// What of the model travels with an assignment: tensors that changed since the device got them, of those that it trained
// itself no more than the trained slice, each in no finer a precision than the device holds it in or the run allows. Where the
// device holds the slice apart from a rounded rest, it comes beside it. Of a width slice of the model, all that the device
// holds is gathered. Pure.

import { isSameScheme, type UpdateScheme } from '../engine/scheme.ts';
import type { Width } from '../engine/width.ts';
import { coarserOf, isAsFine, travelPrecision } from '../contract/blockForm.ts';
import { formsOf, type EntryForm } from '../contract/schemeForms.ts';
import type { BlockOrder } from './events.ts';
import { precisionHeld } from './holding.ts';
import { isFreshEnough } from './policies/freshness.ts';
import { versionOutside } from './sliceChanges.ts';
import type { CoordinatorContext, DeviceRecord } from './state.ts';

export function blocksFor(
  { config, state, model, parameterSpecs, precisionsOf }: CoordinatorContext,
  { holding, scheme: before, budgetBytes }: DeviceRecord,
  scheme: UpdateScheme,
): BlockOrder[] {
  const { down } = config.encoding;
  // No arena holds anything coarser than int8: no need to plan what the device plans.
  const coarsest = isAsFine('int8', down)
    ? parameterSpecs.map(() => down)
    : precisionsOf(scheme, budgetBytes).map((precision) => coarserOf(precision, down));
  const { blocks: forms, entries } = formsOf(model, scheme);
  const trainedBefore = new Set(holding.moved ? before?.entries.map(({ tensor }) => tensor) : []);
  const isBefore = isSameScheme(before, scheme);
  const holdsSlice = isSameWidth(holding.width, scheme.width);

  const trained = new Map(entries.map((entry) => [entry.tensor, entry]));
  const { freshness = { kind: 'always' } } = config;

  return state.blocks.flatMap(({ version, values, changes, path }, tensor): BlockOrder[] => {
    const told = holdsSlice ? (holding.held[tensor] ?? -1) : -1;
    const heldVersion = told <= version ? told : -1;
    const order = (entry: EntryForm | null): BlockOrder => {
      const { matrix } = entry ?? forms[tensor]!;
      // What is trained is held in float32, whatever is around it.
      const { precision, bytes } = travelPrecision(matrix, entry ? down : coarsest[tensor]!);
      return { tensor, version, precision, part: entry ? 'slice' : 'whole', values, bytes };
    };
    const whole = order(null);
    const isFresh = (changedVersion: number): boolean =>
      isFreshEnough(freshness, { heldVersion, changedVersion, version: state.version, path });
    const entry = trained.get(tensor);
    const slice = entry ? order(entry) : null;
    const isApart = slice !== null && !isAsFine(coarsest[tensor]!, down);
    const all = isApart ? [whole, slice] : [whole];
    const precision = precisionHeld(holding, tensor);
    if (heldVersion < 0 || !isAsFine(precision, whole.precision)) return all;
    if (!trainedBefore.has(parameterSpecs[tensor]!.name)) {
      // What is trained begins with the newest; what is not may be as old as the run allows.
      const isHeld = entry ? heldVersion === version : isFresh(version);
      if (!isHeld) return all;
      return isApart && !isAsFine(precision, down) ? [slice] : [];
    }
    // A device whose scheme changes keeps nothing of what it trained.
    if (!isBefore || !entry || !slice) return all;
    const restVersion = versionOutside(changes, entry);
    const allBytes = all.reduce((sum, { bytes }) => sum + bytes, 0);
    if (!isFresh(restVersion) || slice.bytes >= allBytes) return all;
    // The version is that of the rest, which the slice does not renew.
    return [restVersion <= heldVersion ? slice : { ...slice, version: heldVersion }];
  });
}

function isSameWidth(a: Width | undefined, b: Width | undefined): boolean {
  return a?.ratio === b?.ratio && a?.offset === b?.offset;
}
