// The coordinator's state as JSON plus arrays, and back. Knows the state's form and nothing of its meaning.
// Equal states give equal bytes: maps keep their order, and each array is listed once, in order of first use.

import { parametersOf, type ModelSpec, type Parameters } from '../engine/model.ts';
import { fullDelta, spreadDelta } from '../contract/delta.ts';
import { createRandom } from '../random.ts';
import { createCensus } from './census.ts';
import { resolveSettings } from './config.ts';
import { keptToPlain, plainToKept, type PlainKept } from './own/kept.ts';
import type { Kept } from './own/ownStrategy.ts';
import type { Moments } from './policies/serverOptimizer.ts';
import { deltaSize, slicesOf } from './slices.ts';
import type { RememberedUpdate } from './updateCache.ts';
import type { Block, BufferedUpdate, CoordinatorState, DeviceRecord, OpenAssignment } from './state.ts';

/** All of a coordinator's state. The arrays are immutable and shared with it: they may be written at leisure. */
export interface CoordinatorSnapshot {
  readonly json: string;
  /** Referred to by index from `json`. */
  readonly arrays: readonly Float32Array[];
}

/** Raised whenever the form below changes. */
const FORMAT = 11;

/** The state with every array replaced by its index and every map by a list. */
interface PlainState extends Omit<
  CoordinatorState,
  'blocks' | 'random' | 'devices' | 'census' | 'ready' | 'assignments' | 'buffer' | 'kept' | 'cache'
> {
  readonly format: number;
  readonly blocks: readonly (Omit<Block, 'values' | 'moments' | 'average' | 'kept'> & {
    readonly values: number;
    readonly average?: number;
    readonly moments?: Indices<Moments>;
    readonly kept?: PlainKept;
  })[];
  /** Of functions of somebody's own strategy. */
  readonly kept?: { readonly weigh?: PlainKept; readonly choose?: PlainKept };
  readonly random: number;
  readonly devices: readonly DeviceRecord[];
  readonly ready: readonly string[];
  readonly assignments: readonly (Omit<OpenAssignment, 'base'> & {
    readonly base: readonly number[] | null;
  })[];
  readonly buffer: readonly (Omit<BufferedUpdate, 'base' | 'delta' | 'message'> & {
    readonly base: readonly number[] | null;
    readonly delta: number;
    readonly message?: PlainBytes;
  })[];
  /** Snapshots of before there was one have none. */
  readonly cache?: {
    readonly updates: readonly (Omit<RememberedUpdate, 'message'> & { readonly message: PlainBytes })[];
    readonly sums: readonly number[];
    readonly counts: readonly number[];
  } | null;
}

/** Bytes that lie in an array, of which the last element may hold fewer than four. */
interface PlainBytes {
  readonly array: number;
  readonly length: number;
}

/** Where each array of it lies; null for none. */
type Indices<T> = { readonly [Name in keyof T]: null extends T[Name] ? number | null : number };

export function stateToSnapshot(state: CoordinatorState): CoordinatorSnapshot {
  const indices = new Map<Float32Array, number>();
  const keep = (array: Float32Array): number => {
    const known = indices.get(array);
    if (known !== undefined) return known;
    indices.set(array, indices.size);
    return indices.size - 1;
  };
  const keepAll = (arrays: Parameters | null) => arrays && arrays.map(keep);
  const keepBytes = (bytes: Uint8Array): PlainBytes => {
    const words = new Float32Array(Math.ceil(bytes.length / 4));
    new Uint8Array(words.buffer).set(bytes);
    return { array: keep(words), length: bytes.length };
  };
  const { census: _, kept, cache, ...rest } = state;
  const keepOwn = (own: Kept): PlainKept => keptToPlain(own, keep);
  const plain: PlainState = {
    ...rest,
    format: FORMAT,
    blocks: state.blocks.map(({ moments, average, kept: own, ...block }) => ({
      ...block,
      values: keep(block.values),
      ...(average && { average: keep(average) }),
      ...(own !== undefined && { kept: keepOwn(own) }),
      ...(moments && {
        moments: {
          first: keep(moments.first),
          second: moments.second && keep(moments.second),
          counts: moments.counts && keep(moments.counts),
        },
      }),
    })),
    ...(kept && {
      kept: {
        ...(kept.weigh !== undefined && { weigh: keepOwn(kept.weigh) }),
        ...(kept.choose !== undefined && { choose: keepOwn(kept.choose) }),
      },
    }),
    random: state.random.state,
    devices: [...state.devices.values()],
    ready: [...state.ready],
    assignments: [...state.assignments.values()].map((open) => ({ ...open, base: keepAll(open.base) })),
    buffer: state.buffer.map(({ message, ...update }) => ({
      ...update,
      base: keepAll(update.base),
      delta: keep(spreadDelta(update.delta)),
      ...(message && { message: keepBytes(message) }),
    })),
    cache: cache && {
      updates: cache.updates.map((update) => ({ ...update, message: keepBytes(update.message) })),
      sums: cache.sums.map(keep),
      counts: cache.counts.map(keep),
    },
  };
  return { json: JSON.stringify(plain), arrays: [...indices.keys()] };
}

/**
 * The state that a snapshot was made of; its arrays are kept by reference. Throws RangeError when it is of another
 * format or of another model.
 */
export function snapshotToState({ json, arrays }: CoordinatorSnapshot, model: ModelSpec): CoordinatorState {
  const parameterSpecs = parametersOf(model);
  const { format, kept, ...plain } = JSON.parse(json) as PlainState;
  if (format !== FORMAT) throw new RangeError(`snapshot: format must be ${FORMAT}, got ${String(format)}`);
  if (plain.blocks.length !== parameterSpecs.length)
    throw new RangeError(`snapshot: expected ${parameterSpecs.length} tensors, got ${plain.blocks.length}`);
  const arrayAt = (index: number, size: number, what: string): Float32Array => {
    const array = arrays[index];
    if (array?.length !== size)
      throw new RangeError(
        `snapshot: ${what} must have ${size} elements, got ${array ? array.length : 'none'}`,
      );
    return array;
  };
  const basesAt = (indices: readonly number[] | null, scheme: OpenAssignment['scheme']) => {
    if (!indices) return null;
    return slicesOf(model, scheme).map(({ tensor }, entry) =>
      arrayAt(indices[entry]!, parameterSpecs[tensor]!.size, `base of ${parameterSpecs[tensor]!.name}`),
    );
  };
  const keptAt = (own: PlainKept, what: string): Kept =>
    plainToKept(own, (index, length) => arrayAt(index, length, `what ${what} keeps`));
  const bytesAt = ({ array, length }: PlainBytes, whose: string): Uint8Array => {
    const words = arrayAt(array, Math.ceil(length / 4), `message of ${whose}`);
    return new Uint8Array(words.buffer, words.byteOffset, length);
  };
  const ofEachTensor = (indices: readonly number[], what: string) =>
    parameterSpecs.map(({ name, size }, tensor) => arrayAt(indices[tensor]!, size, `${what} of ${name}`));
  const { cache } = plain;
  return {
    ...plain,
    ...(kept && {
      kept: {
        ...(kept.weigh !== undefined && { weigh: keptAt(kept.weigh, 'weigh') }),
        ...(kept.choose !== undefined && { choose: keptAt(kept.choose, 'choose') }),
      },
    }),
    recent: plain.recent ?? [],
    cache: cache
      ? {
          updates: cache.updates.map((update) => ({
            ...update,
            message: bytesAt(update.message, update.deviceId),
          })),
          sums: ofEachTensor(cache.sums, 'sums'),
          counts: ofEachTensor(cache.counts, 'counts'),
        }
      : null,
    // A snapshot of before it was counted has none.
    divergedInARow: plain.divergedInARow ?? 0,
    parts: plain.parts ?? [],
    settings: resolveSettings(plain.settings),
    blocks: plain.blocks.map(({ moments, average, kept: own, ...block }, tensor) => {
      const { size, name } = parameterSpecs[tensor]!;
      const momentAt = (index: number) => arrayAt(index, size, `moments of ${name}`);
      return {
        ...block,
        values: arrayAt(block.values, size, `tensor ${name}`),
        ...(own !== undefined && { kept: keptAt(own, `combine of ${name}`) }),
        ...(average !== undefined && { average: arrayAt(average, size, `average of ${name}`) }),
        ...(moments && {
          moments: {
            first: momentAt(moments.first),
            second: moments.second === null ? null : momentAt(moments.second),
            counts: moments.counts === null ? null : momentAt(moments.counts),
          },
        }),
      };
    }),
    random: createRandom(plain.random),
    devices: new Map(plain.devices.map((device) => [device.deviceId, device])),
    census: createCensus(
      plain.devices.filter(({ presence }) => presence !== 'gone').map(({ device }) => device),
    ),
    ready: new Set(plain.ready),
    assignments: new Map(
      plain.assignments.map((open) => [
        open.number,
        { ...open, parts: open.parts ?? null, base: basesAt(open.base, open.scheme) },
      ]),
    ),
    buffer: plain.buffer.map(({ message, ...update }) => {
      const size = deltaSize(slicesOf(model, update.scheme));
      return {
        ...update,
        ...(message && { message: bytesAt(message, update.deviceId) }),
        base: basesAt(update.base, update.scheme),
        delta: fullDelta(arrayAt(update.delta, size, `delta of ${update.deviceId}`)),
      };
    }),
  };
}
