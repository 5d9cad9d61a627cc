// TFRecord: how records lie one after the other in a file. Knows nothing of what they say.
//
//     | length u64 | masked CRC-32C of it u32 | record | masked CRC-32C of it u32 |      little endian

/** Castagnoli's polynomial, reflected. */
const POLYNOMIAL = 0x82f63b78;
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
  return crc >>> 0;
});

/** CRC-32C (RFC 3720, appendix B.4). */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ TABLE[(crc ^ byte) & 0xff]!;
  return (crc ^ 0xffffffff) >>> 0;
}

/** As the format stores it: checksums of what holds checksums would be weak. */
function masked(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

export function frameRecord(record: Uint8Array): Uint8Array {
  const framed = Buffer.alloc(12 + record.length + 4);
  framed.writeBigUInt64LE(BigInt(record.length), 0);
  framed.writeUInt32LE(masked(framed.subarray(0, 8)), 8);
  framed.set(record, 12);
  framed.writeUInt32LE(masked(record), 12 + record.length);
  return framed;
}
