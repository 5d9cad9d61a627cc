// The newest update of each device as it came, and their sum: what the calibration goes by (policies/calibrate.ts). Pure: makes new
// arrays, changes none. Knows nothing of how a step weighs.
//
//   H_j = sums_j / counts_j          over the devices whose remembered update covers j
//
// Messages stay in the wire's encoding: a tenth of the elements in int8 are 1.33 bits a parameter. What is older than the run's limit
// is forgotten, and the oldest where all would take more than MOST_BYTES: identities are free.

import { parametersOf, type ModelSpec } from '../engine/model.ts';
import type { UpdateScheme } from '../engine/scheme.ts';
import { spreadDelta, type Delta } from '../contract/delta.ts';
import { decodeDelta } from '../contract/deltaCodec.ts';
import type { UpdateEncoding } from '../contract/messages.ts';
import { calibrate } from './policies/calibrate.ts';
import { sliceDelta, slicesOf, type Slice } from './slices.ts';

/** Of all messages. */
export const MOST_BYTES = 64 * 2 ** 20;

export interface RememberedUpdate {
  readonly deviceId: string;
  /** The version that it went into. */
  readonly version: number;
  readonly scheme: UpdateScheme;
  /** Clipping of each scheme entry. */
  readonly scales: readonly number[];
  /** The delta's bytes. */
  readonly message: Uint8Array;
}

/** What a step was made of. `message`: absent of one that came before the calibration was asked for. */
export type SteppedUpdate = Omit<RememberedUpdate, 'version' | 'message'> & { readonly message?: Uint8Array };

export interface UpdateCache {
  /** One a device, oldest first. */
  readonly updates: readonly RememberedUpdate[];
  /** Of each tensor: the sum of what is remembered, and of how many devices. */
  readonly sums: readonly Float32Array[];
  readonly counts: readonly Float32Array[];
}

/** What all of a run's messages have in common. */
export interface MessageForm {
  readonly model: ModelSpec;
  readonly encoding: UpdateEncoding;
}

export function createUpdateCache(model: ModelSpec): UpdateCache {
  const zeros = () => parametersOf(model).map(({ size }) => new Float32Array(size));
  return { updates: [], sums: zeros(), counts: zeros() };
}

/** The cache after the step that made `version` of the buffer: what it brought is remembered, what is older than `maxAge` versions is not. */
export function rememberUpdates(
  cache: UpdateCache,
  buffer: readonly SteppedUpdate[],
  version: number,
  maxAge: number,
  form: MessageForm,
  mostBytes = MOST_BYTES,
): UpdateCache {
  const updates = new Map(cache.updates.map((update) => [update.deviceId, update]));
  for (const { deviceId, scheme, scales, message } of buffer) {
    updates.delete(deviceId);
    if (message) updates.set(deviceId, { deviceId, version, scheme, scales, message });
  }
  let bytes = bytesOfMessages([...updates.values()]);
  for (const { deviceId, version: since, message } of updates.values()) {
    if (version - since <= maxAge && bytes <= mostBytes) break;
    updates.delete(deviceId);
    bytes -= message.byteLength;
  }
  const kept = new Set(updates.values());
  const before = new Set(cache.updates);
  const sums = cache.sums.map((values) => values.slice());
  const counts = cache.counts.map((values) => values.slice());
  for (const gone of cache.updates) if (!kept.has(gone)) addUpdate(sums, counts, gone, -1, form);
  for (const update of kept) if (!before.has(update)) addUpdate(sums, counts, update, 1, form);
  return { updates: [...kept], sums, counts };
}

/** What stands for the delta of a device's slice; see policies/calibrate.ts. */
export type Calibrator = (deviceId: string, slice: Slice, delta: Delta, scale: number) => Float32Array;

/** For one step: what is remembered of a device is read once. */
export function createCalibrator({ updates, sums, counts }: UpdateCache, form: MessageForm): Calibrator {
  const remembered = new Map(updates.map((update) => [update.deviceId, update]));
  const read = new Map<string, readonly ReadSlice[]>();
  const slicesOfDevice = (deviceId: string): readonly ReadSlice[] => {
    const own = remembered.get(deviceId);
    const found = read.get(deviceId) ?? (own ? readUpdate(own, form) : []);
    read.set(deviceId, found);
    return found;
  };
  return (deviceId, slice, delta, scale) => {
    const [sum, count] = [sums[slice.tensor]!, counts[slice.tensor]!];
    const known = new Float32Array(sum.length);
    const isKnown = new Uint8Array(sum.length);
    for (const each of slicesOfDevice(deviceId))
      if (each.slice.tensor === slice.tensor)
        forEachElement(each, (j, value) => {
          known[j] = value;
          isKnown[j] = 1;
        });
    const shift = new Float32Array(slice.size);
    forEachElement({ slice, values: shift }, (j, _, i) => {
      if (isKnown[j]) shift[i] = sum[j]! / count[j]! - known[j]!;
    });
    return calibrate(spreadDelta(delta), scale, shift);
  };
}

/** What the server keeps for it. */
export function cacheBytes({ updates, sums, counts }: UpdateCache): number {
  const arrays = [...sums, ...counts].reduce((sum, { byteLength }) => sum + byteLength, 0);
  return arrays + bytesOfMessages(updates);
}

function bytesOfMessages(updates: readonly RememberedUpdate[]): number {
  return updates.reduce((sum, { message }) => sum + message.byteLength, 0);
}

function addUpdate(
  sums: readonly Float32Array[],
  counts: readonly Float32Array[],
  update: RememberedUpdate,
  sign: 1 | -1,
  form: MessageForm,
): void {
  for (const each of readUpdate(update, form)) {
    const [sum, count] = [sums[each.slice.tensor]!, counts[each.slice.tensor]!];
    forEachElement(each, (j, value) => {
      count[j] = count[j]! + sign;
      // What rounding left of those that are gone goes with the last of them.
      sum[j] = count[j] === 0 ? 0 : sum[j]! + sign * value;
    });
  }
}

interface ReadSlice {
  readonly slice: Slice;
  /** As they counted, clipped. */
  readonly values: Float32Array;
}

function readUpdate(
  { scheme, scales, message }: RememberedUpdate,
  { model, encoding }: MessageForm,
): ReadSlice[] {
  const slices = slicesOf(model, scheme);
  const sizes = slices.map(({ size }) => size);
  const delta = decodeDelta(message, sizes, encoding);
  if ('code' in delta) throw new Error(`internal: a remembered update cannot be read: ${delta.message}`);
  return slices.map((slice, entry) => ({
    slice,
    values: spreadDelta(sliceDelta(slice, delta)).map((value) => scales[entry]! * value),
  }));
}

/** `take(j, value, i)`: element j of the tensor, i of the slice. */
function forEachElement(
  { slice, values }: ReadSlice,
  take: (j: number, value: number, i: number) => void,
): void {
  let i = 0;
  for (const { start, length } of slice.stretches)
    for (let j = start; j < start + length; j++, i++) take(j, values[i]!, i);
}
