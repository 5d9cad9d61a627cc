// What a device says of the blocks that it holds. Pure.

import type { TravelPrecision } from '../engine/weightCodec.ts';
import type { Holding } from '../contract/messages.ts';

export const NOTHING_HELD: Holding = { held: [] };

/** Its own fields alone. A version that does not exist only means that the device lacks the block. */
export function holdingIn({ held, precisions, moved, width }: Holding): Holding {
  return {
    held: [...held],
    ...(precisions ? { precisions: [...precisions] } : {}),
    ...(moved ? { moved } : {}),
    ...(width ? { width } : {}),
  };
}

export function precisionHeld({ precisions }: Holding, tensor: number): TravelPrecision {
  return precisions?.[tensor] ?? 'float32';
}
