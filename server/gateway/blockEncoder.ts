// Encodes the blocks of assignments, each version of a tensor once for all devices that get it in the same form.

import type { ParameterSpec } from '../../shared/engine/model.ts';
import { slicesAmong, type UpdateScheme } from '../../shared/engine/scheme.ts';
import { encodeBlock, formOfBlock } from '../../shared/protocol/blockForm.ts';
import type { BlockOrder } from '../federation/events.ts';

/** What it has encoded is kept for as long as the values that it is of. */
export function createBlockEncoder(
  parameters: readonly ParameterSpec[],
): (block: BlockOrder, scheme: UpdateScheme) => Uint8Array {
  const encoded = new WeakMap<Float32Array, Map<string, Uint8Array>>();
  return ({ tensor, values, precision, part }, scheme) => {
    const parameter = parameters[tensor]!;
    const entry =
      part === 'slice' ? scheme.entries.find(({ tensor: name }) => name === parameter.name) : null;
    const known = encoded.get(values) ?? new Map<string, Uint8Array>();
    encoded.set(values, known);
    const key = JSON.stringify([precision, entry]);
    const slice = entry ? slicesAmong(parameters, { entries: [entry] })[0]! : null;
    const bytes = known.get(key) ?? encodeBlock(values, formOfBlock(parameter, slice), precision);
    known.set(key, bytes);
    return bytes;
  };
}
