// Sizes in bytes as people write and read them. Knows nothing of budgets.

const KIB = 1024;
const MIB = 1024 * KIB;
const UNITS: Record<string, number> = { '': 1, B: 1, KIB, K: KIB, MIB, M: MIB };

/** Bytes of "196608", "192KiB" or "1.5 MiB" (also "K" and "M"); NaN for anything else. */
export function parseByteSize(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim());
  const unit = UNITS[match?.[2]?.toUpperCase() ?? '?'];
  return match && unit ? Math.round(Number(match[1]) * unit) : NaN;
}

/** E.g. "312 B", "192 KiB", "1.5 MiB": three figures at most below a thousand. */
export function formatByteSize(bytes: number): string {
  if (bytes < KIB) return `${bytes} B`;
  const [size, unit] = bytes < MIB ? [bytes / KIB, 'KiB'] : [bytes / MIB, 'MiB'];
  const decimals = size < 10 ? 2 : size < 100 ? 1 : 0;
  return `${Number(size.toFixed(decimals))} ${unit}`;
}
