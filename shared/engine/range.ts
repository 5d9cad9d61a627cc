// Ranges of channels.

/** Half-open range `[from, to)` of channel indices. */
export type Range = readonly [from: number, to: number];

/** Number of indices in a range. */
export function lengthOf([from, to]: Range): number {
  return to - from;
}
