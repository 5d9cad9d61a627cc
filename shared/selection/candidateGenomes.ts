// The genomes among which the plain selection chooses, without any measurement: layers whole, and at most one of them at
// a ratio. Pure.

import { WHOLE, withRatio, type Genome, type SchemeSpace } from './schemeSpace.ts';

/** Subsets of more layers than this would be too many. */
const MAX_ENUMERATED_LAYERS = 5;

/**
 * Each subset of the layers whole, and each with one further layer at a ratio; of a model with more than five layers, only
 * its last layers, of which the first may be at a ratio. Biases of all layers from the first that is trained.
 */
export function candidateGenomes({ units }: SchemeSpace): Genome[] {
  const numUnits = units.length;
  const isSmall = numUnits <= MAX_ENUMERATED_LAYERS;
  const whole = isSmall ? subsets(numUnits) : suffixes(numUnits);
  const ratios = whole.flatMap((base) => {
    const last = base.indexOf(WHOLE) - 1;
    const others = base.flatMap((ratio, unit) => (ratio === 0 && (isSmall || unit === last) ? [unit] : []));
    return [
      base,
      ...others.flatMap((unit) =>
        Array.from({ length: WHOLE - 1 }, (_, index) => withRatio(base, unit, index + 1)),
      ),
    ];
  });
  return ratios
    .filter((each) => each.some((ratio) => ratio > 0))
    .map((each) => ({ depth: numUnits - each.findIndex((ratio) => ratio > 0), ratios: each }));
}

/** The empty one included. */
function subsets(numUnits: number): number[][] {
  return Array.from({ length: 2 ** numUnits }, (_, index) =>
    Array.from({ length: numUnits }, (_unit, bit) => (index & (1 << bit) ? WHOLE : 0)),
  );
}

/** The last layer, the last two, ... all. */
function suffixes(numUnits: number): number[][] {
  return Array.from({ length: numUnits }, (_, count) =>
    Array.from({ length: numUnits }, (_unit, unit) => (unit >= numUnits - count - 1 ? WHOLE : 0)),
  );
}
