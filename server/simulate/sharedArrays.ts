// Arrays in memory that all threads see, so that handing them over copies nothing. Knows nothing of what is in them.

import type { Dataset } from '../../shared/tasks/task.ts';

type Elements = Uint8Array | Uint16Array | Uint32Array | Float32Array;

/** A copy in shared memory. */
export function shareArray<T extends Elements>(values: T): T {
  // What was read from a file is a Buffer, whose constructor is deprecated.
  const make = values instanceof Uint8Array ? Uint8Array : values.constructor;
  const shared = new (make as new (buffer: SharedArrayBuffer) => T)(new SharedArrayBuffer(values.byteLength));
  shared.set(values);
  return shared;
}

export function shareDataset(data: Dataset): Dataset {
  const { count, inputs, labels, targets } = data;
  return {
    count,
    inputs: shareArray(inputs),
    labels: shareArray(labels),
    ...(targets && { targets: shareArray(targets) }),
    // Which group a sample is of matters for dealing alone.
    groups: null,
  };
}

/** Gives the same shared copy for the same array as long as somebody holds that array. */
export function createSharing(): (values: Float32Array) => Float32Array {
  const copies = new WeakMap<Float32Array, Float32Array>();
  return (values) => {
    const known = copies.get(values);
    if (known) return known;
    const copy = shareArray(values);
    copies.set(values, copy);
    return copy;
  };
}
