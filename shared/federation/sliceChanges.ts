// Which slices of a tensor were changed, and in which version last: tells whether what lies outside a slice is still what
// a device got long ago. Pure.

import type { Range } from '../engine/range.ts';
import { isRangeWithin, type SchemeEntry } from '../engine/scheme.ts';

type Slice = Pick<SchemeEntry, 'input' | 'output'>;

/** What lies in the slice last changed in `version`, as far as no other entry of the list says later. */
export interface SliceChange {
  readonly input: Range;
  readonly output: Range;
  readonly version: number;
}

/** Longer lists are no use: the tensor then counts as changed everywhere. */
const MAX_CHANGES = 32;
/** Wider than any tensor; infinity would not outlive a snapshot. */
const EVERYWHERE: Range = [0, Number.MAX_SAFE_INTEGER];

/** The list after a step that made `version` and changed these slices. */
export function noteChanges(
  changes: readonly SliceChange[],
  slices: readonly Slice[],
  version: number,
): readonly SliceChange[] {
  const next: SliceChange[] = [];
  for (const { input, output } of slices)
    if (!next.some((newer) => contains(newer, { input, output }))) next.push({ input, output, version });
  // What lies inside a slice that was changed later says nothing that the later one does not.
  const kept = changes.filter((change) => !next.some((newer) => contains(newer, change)));
  const all = [...kept, ...next];
  return all.length <= MAX_CHANGES ? all : [{ input: EVERYWHERE, output: EVERYWHERE, version }];
}

/** The version in which anything outside the slice last changed; 0: never. */
export function versionOutside(changes: readonly SliceChange[], slice: Slice): number {
  return Math.max(0, ...changes.filter((change) => !contains(slice, change)).map(({ version }) => version));
}

function contains(outer: Slice, inner: Slice): boolean {
  return isRangeWithin(inner.input, outer.input) && isRangeWithin(inner.output, outer.output);
}
