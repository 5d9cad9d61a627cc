// Bytes on the wire: what the blocks of an assignment and the delta of an update take. The simulator counts with these and
// waits for them. Another encoding is another value of this type. Knows nothing of devices.

/** How many bytes a message's blocks take; `sizes`: elements of each block. */
export interface PayloadFormat {
  downBytes(sizes: readonly number[]): number;
  upBytes(sizes: readonly number[]): number;
}

/** Four bytes an element, no header: as `encodeBlocks` of the protocol writes both. */
export const FLOAT32_PAYLOAD: PayloadFormat = { downBytes: floatBytes, upBytes: floatBytes };

function floatBytes(sizes: readonly number[]): number {
  return 4 * sizes.reduce((sum, size) => sum + size, 0);
}
