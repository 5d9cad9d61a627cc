// The values of a tensor as a device has them after a block has come: rounded as they travel, and of a width slice gathered.
// Devices that get the same get the same array. Knows nothing of time.

import { parametersOf, type ModelSpec } from '../engine/model.ts';
import { trainedSlices, type UpdateScheme } from '../engine/scheme.ts';
import { modelOfScheme } from '../engine/schemeModel.ts';
import { decodeWeight, type TravelPrecision } from '../engine/weightCodec.ts';
import { encodeBlock, formOfBlock } from '../contract/blockForm.ts';
import { formsOf } from '../contract/schemeForms.ts';
import type { BlockOrder } from '../federation/events.ts';

/** What the device has of the tensor, and how that came; where a slice comes, the rest of it stays. */
interface Held {
  readonly values: Float32Array | null;
  readonly precision: TravelPrecision;
}

type Arrive = (block: BlockOrder, scheme: UpdateScheme, held: Held) => Float32Array;

export function createArrivals(model: ModelSpec): Arrive {
  const known = new WeakMap<Float32Array, Map<string, Float32Array>>();
  return ({ tensor, version, values, precision, part }, scheme, held) => {
    if (precision === 'float32' && part === 'whole' && !scheme.width) return values;
    const { blocks, entries } = formsOf(model, scheme);
    const index = part === 'slice' ? entries.findIndex((entry) => entry.tensor === tensor) : -1;
    const ofValues = known.get(values) ?? new Map<string, Float32Array>();
    known.set(values, ofValues);
    // Whoever is sent a slice holds the rest as it was in the version told, rounded as it came.
    const rest = index < 0 ? null : [version, held.precision];
    const key = JSON.stringify([precision, scheme.width, scheme.entries[index], rest]);
    const arrived = ofValues.get(key);
    if (arrived) return arrived;
    const form = entries[index] ?? blocks[tensor]!;
    const packed = decodeWeight(encodeBlock(values, form, precision), form.matrix, precision);
    const whole = index < 0 ? packed : withSlice(held.values!, packed, scheme, index);
    ofValues.set(key, whole);
    return whole;
  };

  /** A copy of what the device holds, with the slice that an entry trains replaced. */
  function withSlice(
    held: Float32Array,
    packed: Float32Array,
    scheme: UpdateScheme,
    index: number,
  ): Float32Array {
    const own = modelOfScheme(model, scheme);
    const slice = trainedSlices(own, scheme)[index]!;
    const whole = held.slice();
    let end = 0;
    for (const { start, length } of formOfBlock(parametersOf(own)[slice.parameter]!, slice).stretches)
      whole.set(packed.subarray(end, (end += length)), start);
    return whole;
  }
}
