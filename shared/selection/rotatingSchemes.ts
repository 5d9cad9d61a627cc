// What a device may train in turn under `rotating`: everything small whole, and of the large layers a slice, at each place where
// it may lie; and where first layers are frozen in that, each of them by itself. Knows nothing of budgets, nor of which turn is
// next. Pure.

import { numParameters } from '../engine/model.ts';
import type { Range } from '../engine/range.ts';
import { extentsOf, schemeSize, type SchemeEntry } from '../engine/scheme.ts';
import type { Turn } from '../federation/selectScheme.ts';
import type { SchemeSpace, Unit } from './schemeSpace.ts';

/** Into how many slices a large layer may be cut: powers of two, so that narrow slices lie within wide ones. */
export const SLICE_COUNTS = [1, 2, 4, 8, 16, 32] as const;
/** Parts of the model are numbered by 32nds of each layer. */
const PARTS_OF_LAYER = 32;
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
 * The turns that train all from the unit `first` on, but of its large layers one of `count` slices: one turn for each place
 * of the slice, together everything. Slices are of outputs, of the last layer, whose outputs are the classes, of inputs; all
 * are as wide as the widest must be, so that neighbours may overlap. Biases are small.
 */
export function sliceTurns(space: SchemeSpace, first: number, count: number): Turn[] {
  const large = largeUnits(space);
  return turnsOf(space, first, count, (unit) => (large.has(unit) ? 'slice' : 'whole'));
}

/**
 * The turns that train, of a layer before the unit `first`, one of `count` slices; all that is small from `first` on as in
 * the other turns, and of what lies between the biases alone.
 */
export function earlyTurns(space: SchemeSpace, early: number, first: number, count: number): Turn[] {
  const large = largeUnits(space);
  return turnsOf(space, early, count, (unit) => {
    if (unit === early) return 'slice';
    return unit < first || large.has(unit) ? 'frozen' : 'whole';
  });
}

function turnsOf(
  space: SchemeSpace,
  from: number,
  count: number,
  kindOf: (unit: number) => 'whole' | 'slice' | 'frozen',
): Turn[] {
  const { model, units } = space;
  return Array.from({ length: count }, (_, place): Turn => {
    const parts: number[] = [];
    const entries = units.flatMap((unit, index): SchemeEntry[] => {
      if (index < from) return [];
      const kind = kindOf(index);
      const small = unit.small.map(({ name, size }): SchemeEntry => ({
        tensor: name,
        output: [0, size],
        input: [0, 1],
      }));
      if (kind === 'frozen') return small;
      const [start, end] = kind === 'slice' ? spanAt(place, count) : [0, PARTS_OF_LAYER];
      for (let part = start; part < end; part++) parts.push(index * PARTS_OF_LAYER + part);
      const isLast = index === units.length - 1;
      return [kind === 'slice' ? sliceOf(unit, isLast, place, count) : wholeOf(unit), ...small];
    });
    const scheme = { entries };
    return { scheme, trainedShare: schemeSize(model, scheme) / numParameters(model), parts };
  });
}

/** 32nds of slice `place` of so many. */
function spanAt(place: number, count: number): Range {
  const width = PARTS_OF_LAYER / count;
  return [place * width, (place + 1) * width];
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
