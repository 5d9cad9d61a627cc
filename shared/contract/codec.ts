// Blocks of float32 values <-> one contiguous buffer, as assignments and updates carry them.
// Little endian, which is what WebAssembly memory is and every browser's typed arrays are. Knows nothing of messages.

const FLOAT_BYTES = 4;

/** What a socket hands over: an `ArrayBuffer` in browsers, a `Buffer` (maybe unaligned, maybe a pool's slice) in Node. */
export type Bytes = ArrayBuffer | ArrayBufferView;

/**
 * The blocks' values, one block after the other, in a fresh buffer of exactly 4 x elements bytes.
 *
 *     | block 0 | block 1 | ... |     float32 little endian, no padding, no header
 */
export function encodeBlocks(blocks: readonly Float32Array[]): ArrayBuffer {
  let size = 0;
  for (const block of blocks) size += block.length;
  const values = new Float32Array(size);
  let offset = 0;
  for (const block of blocks) {
    values.set(block, offset);
    offset += block.length;
  }
  return values.buffer;
}

/**
 * Copies of the blocks in `bytes`, `sizes[i]` elements each.
 * Throws RangeError unless `bytes` holds exactly the sum of the sizes.
 */
export function decodeBlocks(bytes: Bytes, sizes: readonly number[]): Float32Array[] {
  let size = 0;
  for (const blockSize of sizes) size += blockSize;
  if (bytes.byteLength !== size * FLOAT_BYTES) {
    throw new RangeError(`blocks must hold ${size * FLOAT_BYTES} bytes, got ${bytes.byteLength}`);
  }
  const values = bytesToFloats(bytes);
  let offset = 0;
  return sizes.map((blockSize) => values.slice(offset, (offset += blockSize)));
}

/**
 * The float32 values in `bytes`: a view where alignment allows it, else a copy.
 * Throws RangeError unless the length is a whole number of floats.
 */
export function bytesToFloats(bytes: Bytes): Float32Array {
  if (bytes.byteLength % FLOAT_BYTES !== 0) {
    throw new RangeError(
      `float32 values must fill a multiple of ${FLOAT_BYTES} bytes, got ${bytes.byteLength}`,
    );
  }
  const view = toByteView(bytes);
  const aligned = view.byteOffset % FLOAT_BYTES === 0 ? view : view.slice();
  return new Float32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / FLOAT_BYTES);
}

/** True for anything that a socket may hand over as an attachment. */
export function isBytes(value: unknown): value is Bytes {
  return value instanceof ArrayBuffer || ArrayBuffer.isView(value);
}

/** The bytes themselves, not a copy. */
export function toByteView(bytes: Bytes): Uint8Array<ArrayBuffer> {
  if (bytes instanceof ArrayBuffer) return new Uint8Array(bytes);
  return new Uint8Array(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength);
}
