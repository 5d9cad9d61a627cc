// A typed array that grows as numbers are added to it.

interface Growing<T> {
  readonly length: number;
  add(value: number): void;
  /** A view of what was added; no more may be. */
  build(): T;
}

export function createGrowing<T extends Uint8Array | Uint32Array>(
  make: new (length: number) => T,
): Growing<T> {
  let values = new make(1024);
  let length = 0;
  return {
    get length() {
      return length;
    },
    add(value) {
      if (length === values.length) {
        const longer = new make(2 * length);
        longer.set(values);
        values = longer;
      }
      values[length++] = value;
    },
    build: () => values.subarray(0, length) as T,
  };
}
