// The lanes of any variant. Pages fetch those without SIMD only where they need them: openWasmTrainer.ts.

import { vectorLanes, type Lanes, type Variant } from './lanes.ts';
import { SCALAR_LANES } from './scalarLanes.ts';

export function lanesOf(variant: Variant): Lanes {
  return variant === 'scalar' ? SCALAR_LANES : vectorLanes(variant);
}
