// Sizes in bytes as people read them (parseByteSize.ts: as they write them). Knows nothing of what has the size.

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;

/** E.g. "312 B", "192 KiB", "185.6 KiB", "1.25 MiB": fine enough to tell what fits a budget. */
export function formatByteSize(bytes: number): string {
  return byteSizeParts(bytes).join(' ');
}

/** The same for whoever writes numbers otherwise: rounded, and its unit. */
export function byteSizeParts(bytes: number): [size: number, unit: string] {
  if (bytes < KIB) return [bytes, 'B'];
  const [size, unit] =
    bytes < MIB ? [bytes / KIB, 'KiB'] : bytes < GIB ? [bytes / MIB, 'MiB'] : [bytes / GIB, 'GiB'];
  return [Number(size.toFixed(size < 10 ? 2 : 1)), unit];
}
