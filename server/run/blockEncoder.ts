// Encodes the blocks of assignments, each version of a tensor once for all devices that get it in the same form.

import type { ModelSpec } from '../../shared/engine/model.ts';
import type { UpdateScheme } from '../../shared/engine/scheme.ts';
import { encodeBlock } from '../../shared/contract/blockForm.ts';
import { formsOf } from '../../shared/contract/schemeForms.ts';
import type { BlockOrder } from '../../shared/federation/events.ts';

/** What it has encoded is kept for as long as the values that it is of. */
export function createBlockEncoder(
  model: ModelSpec,
): (block: BlockOrder, scheme: UpdateScheme) => Uint8Array {
  const encoded = new WeakMap<Float32Array, Map<string, Uint8Array>>();
  return ({ tensor, values, precision, part }, scheme) => {
    const { blocks, entries } = formsOf(model, scheme);
    const index = part === 'slice' ? entries.findIndex((entry) => entry.tensor === tensor) : -1;
    const known = encoded.get(values) ?? new Map<string, Uint8Array>();
    encoded.set(values, known);
    const key = JSON.stringify([precision, scheme.entries[index], scheme.width]);
    const bytes = known.get(key) ?? encodeBlock(values, entries[index] ?? blocks[tensor]!, precision);
    known.set(key, bytes);
    return bytes;
  };
}
