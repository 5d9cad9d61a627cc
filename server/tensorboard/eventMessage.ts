// TensorBoard's Event message (tensorflow/core/util/event.proto) as protobuf bytes, as far as scalars need it.
//
//     Event     1 wall_time double   2 step int64   3 file_version string   5 summary Summary
//     Summary   1 value, repeated: 1 tag string, 2 simple_value float

const VARINT = 0;
const EIGHT_BYTES = 1;
const LENGTH = 2;
const FOUR_BYTES = 5;

/** The first event of every file. */
export function versionEvent(wallSeconds: number): Uint8Array {
  return Buffer.concat([double(1, wallSeconds), text(3, 'brain.Event:2')]);
}

/** `step`: an integer >= 0. */
export function scalarEvent(
  wallSeconds: number,
  step: number,
  scalars: Readonly<Record<string, number>>,
): Uint8Array {
  const values = Object.entries(scalars).map(([tag, value]) =>
    bytes(1, Buffer.concat([text(1, tag), float(2, value)])),
  );
  return Buffer.concat([
    double(1, wallSeconds),
    key(2, VARINT),
    varint(step),
    bytes(5, Buffer.concat(values)),
  ]);
}

function key(field: number, kind: number): Buffer {
  return Buffer.of((field << 3) | kind);
}

function varint(value: number): Buffer {
  const groups: number[] = [];
  let rest = BigInt(value);
  do {
    groups.push(Number(rest & 127n) | (rest > 127n ? 128 : 0));
    rest >>= 7n;
  } while (rest > 0n);
  return Buffer.from(groups);
}

function double(field: number, value: number): Buffer {
  const eight = Buffer.alloc(8);
  eight.writeDoubleLE(value);
  return Buffer.concat([key(field, EIGHT_BYTES), eight]);
}

function float(field: number, value: number): Buffer {
  const four = Buffer.alloc(4);
  four.writeFloatLE(value);
  return Buffer.concat([key(field, FOUR_BYTES), four]);
}

function bytes(field: number, value: Uint8Array): Buffer {
  return Buffer.concat([key(field, LENGTH), varint(value.length), value]);
}

function text(field: number, value: string): Buffer {
  return bytes(field, Buffer.from(value));
}
