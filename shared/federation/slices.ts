// Where a scheme's entries lie, in the model's tensors and in an update's delta. Pure; knows the wire's order, not its bytes.
//
//   tensor  [positions, inputs, outputs]      positions: kernel pixels of a conv weight, 1 elsewhere
//             rows of `input` x columns of `output`, row-major  ->  stretches of neighbouring elements
//   delta   | entry 0 | entry 1 | ...         each entry's stretches one after the other

import type { ModelSpec } from '../engine/model.ts';
import type { UpdateScheme } from '../engine/scheme.ts';
import { partOfDelta, type Delta } from '../contract/delta.ts';
import { formsOf, type EntryForm } from '../contract/schemeForms.ts';

/** One scheme entry. */
export interface Slice extends EntryForm {
  /** Elements of the delta before this entry's. */
  readonly deltaStart: number;
}

/** The slices of a scheme, in its order. Throws RangeError naming an entry that the model does not have. */
export function slicesOf(model: ModelSpec, scheme: UpdateScheme): Slice[] {
  let deltaStart = 0;
  return formsOf(model, scheme).entries.map((form) => {
    const slice = { ...form, deltaStart };
    deltaStart += form.size;
    return slice;
  });
}

/** Number of elements of a delta with these slices. */
export function deltaSize(slices: readonly Slice[]): number {
  return slices.reduce((sum, slice) => sum + slice.size, 0);
}

/** The slice's part of a delta. */
export function sliceDelta({ deltaStart, size }: Slice, delta: Delta): Delta {
  return partOfDelta(delta, deltaStart, size);
}
