// What a coordinator holds in arrays of the model's size, by what it is for. Pure; knows nothing of the rest, which is small.

import type { CoordinatorState } from './state.ts';
import { cacheBytes } from './updateCache.ts';

export interface ServerBytes {
  /** The newest version. */
  readonly model: number;
  /** The mean of the versions, as far as it is not the newest itself. */
  readonly average: number;
  /** Moments of the server's optimizer. */
  readonly optimizer: number;
  /** Updates that wait for the step. */
  readonly buffer: number;
  /** The newest update of each device, where the strategy calibrates. */
  readonly cache: number;
}

export function serverBytesOf({ blocks, buffer, cache }: CoordinatorState): ServerBytes {
  return {
    model: sum(blocks, ({ values }) => values.byteLength),
    average: sum(blocks, ({ average, values }) => (average && average !== values ? average.byteLength : 0)),
    optimizer: sum(blocks, ({ moments }) =>
      sum(Object.values(moments ?? {}), (array: Float32Array | null) => array?.byteLength ?? 0),
    ),
    buffer: sum(
      buffer,
      ({ delta, message }) =>
        delta.values.byteLength + (delta.places?.byteLength ?? 0) + (message?.byteLength ?? 0),
    ),
    cache: cache ? cacheBytes(cache) : 0,
  };
}

/** The larger of each. */
export function mostBytes(a: ServerBytes, b: ServerBytes): ServerBytes {
  const most = (name: keyof ServerBytes) => Math.max(a[name], b[name]);
  return {
    model: most('model'),
    average: most('average'),
    optimizer: most('optimizer'),
    buffer: most('buffer'),
    cache: most('cache'),
  };
}

function sum<T>(items: readonly T[], bytesOf: (item: T) => number): number {
  return items.reduce((total, item) => total + bytesOf(item), 0);
}
