// Amounts of memory as people write them: 196608, 192KiB, 1.5MiB.

const UNITS: Readonly<Record<string, number>> = { '': 1, B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

/** Bytes, a whole number. Throws RangeError naming `name`, what was expected and what came. */
export function parseBytes(name: string, text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*(B|KiB|MiB|GiB)?$/.exec(text.trim());
  if (!match)
    throw new RangeError(`${name} must be an amount of memory like 196608, 192KiB or 1.5MiB, got "${text}"`);
  return Math.round(Number(match[1]) * UNITS[match[2] ?? '']!);
}

/** Bytes for people: `185.6 KiB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 ** 2) return `${(bytes / 1024).toFixed(1)} KiB`;
  if (bytes < 1024 ** 3) return `${(bytes / 1024 ** 2).toFixed(2)} MiB`;
  return `${(bytes / 1024 ** 3).toFixed(2)} GiB`;
}
