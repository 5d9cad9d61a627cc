// A small curve as an SVG path. Pure: numbers in, text out.

/**
 * Path data of `values` over a box of `width` x `height`, first to last, `low` at the bottom and `high` at the top;
 * '' for fewer than two values.
 */
export function sparklinePath(
  values: readonly number[],
  width: number,
  height: number,
  low = Math.min(...values),
  high = Math.max(...values),
): string {
  if (values.length < 2) return '';
  const span = high - low || 1;
  const points = values.map((value, i) => {
    const x = (i / (values.length - 1)) * width;
    const y = height - ((value - low) / span) * height;
    return `${x.toFixed(1)} ${y.toFixed(1)}`;
  });
  return `M${points.join('L')}`;
}
