// What a device says of the blocks that it holds. Pure.

import type { TravelPrecision } from '../../shared/engine/weightCodec.ts';
import type { Holding } from '../../shared/contract/messages.ts';

export const NOTHING_HELD: Holding = { held: [] };

/** Whether it tells a version, or -1, of every tensor. A version that does not exist only means that the device lacks the block. */
export function isHeldList(held: readonly number[], numTensors: number): boolean {
  return (
    Array.isArray(held) &&
    held.length === numTensors &&
    held.every((version) => Number.isSafeInteger(version) && version >= -1)
  );
}

/** Its own fields alone; a device whose list is malformed holds nothing. */
export function checkedHolding({ held, precisions, moved, width }: Holding, numTensors: number): Holding {
  if (!isHeldList(held, numTensors) || (precisions && precisions.length !== numTensors)) return NOTHING_HELD;
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
