// What a device trains under `rotating`: everything small whole, and of the large layers a slice, at each place where it may
// lie. Knows nothing of budgets, nor of which place is next. Pure.

import type { Range } from '../engine/range.ts';
import { extentsOf, type SchemeEntry, type UpdateScheme } from '../engine/scheme.ts';
import type { SchemeSpace, Unit } from './schemeSpace.ts';

/** Into how many slices a large layer may be cut: powers of two, so that narrow slices lie within wide ones. */
export const SLICE_COUNTS = [1, 2, 4, 8, 16, 32] as const;
/** Large are the fewest layers that together hold this share of all weights. */
const SHARE_OF_LARGE = 0.9;

/** Indices of the units whose weight is large. */
export function largeUnits({ units }: SchemeSpace): ReadonlySet<number> {
  const sizes = units.map(({ weight }) => weight.size);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const bySize = [...sizes.keys()].sort((a, b) => sizes[b]! - sizes[a]!);
  const large = new Set<number>();
  let held = 0;
  for (const unit of bySize) {
    if (held >= SHARE_OF_LARGE * total) break;
    large.add(unit);
    held += sizes[unit]!;
  }
  return large;
}

/**
 * The schemes that train all from the unit `first` on, but of its large layers one of `count` slices: one scheme for each
 * place of the slice, together everything. Slices are of outputs, of the last layer, whose outputs are the classes, of
 * inputs; all are as wide as the widest must be, so that neighbours may overlap. Biases are small.
 */
export function rotatingSchemes(space: SchemeSpace, first: number, count: number): UpdateScheme[] {
  const large = largeUnits(space);
  const { units } = space;
  return Array.from({ length: count }, (_, place) => ({
    entries: units.slice(first).flatMap((unit, index): SchemeEntry[] => {
      const isLast = first + index === units.length - 1;
      return [
        large.has(first + index) ? sliceOf(unit, isLast, place, count) : wholeOf(unit),
        ...unit.small.map(({ name, size }): SchemeEntry => ({
          tensor: name,
          output: [0, size],
          input: [0, 1],
        })),
      ];
    }),
  }));
}

function wholeOf({ weight }: Unit): SchemeEntry {
  const { inputs, outputs } = extentsOf(weight);
  return { tensor: weight.name, output: [0, outputs], input: [0, inputs] };
}

function sliceOf(unit: Unit, isLast: boolean, place: number, count: number): SchemeEntry {
  const whole = wholeOf(unit);
  return isLast
    ? { ...whole, input: rangeAt(whole.input[1], place, count) }
    : { ...whole, output: rangeAt(whole.output[1], place, count) };
}

/** One of `count` ranges of equal length that together are `[0, extent)`. */
function rangeAt(extent: number, place: number, count: number): Range {
  const width = Math.ceil(extent / count);
  const from = count === 1 ? 0 : Math.floor((place * (extent - width)) / (count - 1));
  return [from, from + width];
}
