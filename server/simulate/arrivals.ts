// The values of a tensor as a device has them after a block has come: rounded as they travel. Devices that get the same get
// the same array. Knows nothing of time.

import type { ParameterSpec } from '../../shared/engine/model.ts';
import { slicesAmong, type UpdateScheme } from '../../shared/engine/scheme.ts';
import { decodeWeight } from '../../shared/engine/weightCodec.ts';
import { encodeBlock, formOfBlock } from '../../shared/protocol/blockForm.ts';
import type { BlockOrder } from '../federation/events.ts';

/** `held`: what the device has of the tensor; where a slice comes, the rest of it stays. */
type Arrive = (block: BlockOrder, scheme: UpdateScheme, held: Float32Array | null) => Float32Array;

export function createArrivals(parameterSpecs: readonly ParameterSpec[]): Arrive {
  const known = new WeakMap<Float32Array, Map<string, Float32Array>>();
  return ({ tensor, values, precision, part }, scheme, held) => {
    if (precision === 'float32' && part === 'whole') return values;
    const parameter = parameterSpecs[tensor]!;
    const entry =
      part === 'slice' ? scheme.entries.find(({ tensor: name }) => name === parameter.name)! : null;
    const ofValues = known.get(values) ?? new Map<string, Float32Array>();
    known.set(values, ofValues);
    const key = JSON.stringify([precision, entry]);
    const form = formOfBlock(parameter, entry && slicesAmong(parameterSpecs, { entries: [entry] })[0]!);
    const arrived = ofValues.get(key);
    if (arrived) return arrived;
    const packed = decodeWeight(encodeBlock(values, form, precision), form.matrix, precision);
    // Whoever is sent a slice holds the rest as it still is.
    const whole = entry ? held!.slice() : new Float32Array(parameter.size);
    let end = 0;
    for (const { start, length } of form.runs) whole.set(packed.subarray(end, (end += length)), start);
    ofValues.set(key, whole);
    return whole;
  };
}
