// Sizes in bytes as people write them. Apart from how they are read (byteSize.ts): the join page fetches this before its first step.

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;
const UNITS: Readonly<Record<string, number>> = { '': 1, B: 1, KIB, K: KIB, MIB, M: MIB, GIB, G: GIB };

/** Bytes of "196608", "192KiB" or "1.5 MiB" (also "K", "M" and "G"), a whole number; NaN for anything else. */
export function parseByteSize(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim());
  const unit = UNITS[match?.[2]?.toUpperCase() ?? '?'];
  return match && unit ? Math.round(Number(match[1]) * unit) : NaN;
}
