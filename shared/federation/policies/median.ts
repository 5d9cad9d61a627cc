// The median of a list. Pure.

/** The middle value, or the mean of the two middle ones. Throws RangeError for an empty list. */
export function median(values: readonly number[]): number {
  const sorted = sortedOf(values);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The middle value, or the smaller of the two middle ones: half of the values cannot lift it. Throws as `median`. */
export function lowerMedian(values: readonly number[]): number {
  return sortedOf(values)[(values.length - 1) >> 1]!;
}

function sortedOf(values: readonly number[]): Float64Array {
  if (values.length === 0) throw new RangeError('median needs at least one value, got none');
  return Float64Array.from(values).sort();
}
