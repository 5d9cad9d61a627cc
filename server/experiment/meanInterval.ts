// The mean of few values with its 95 % interval by Student's t. Pure.

/** Two-sided 95 % of Student's t by degrees of freedom, from 1 on. */
const STUDENT = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228];
const NORMAL = 1.96;

/** `half`: of the interval's width; null for a single value. Beyond eleven values the normal distribution's. */
export function meanInterval(values: readonly number[]): {
  readonly mean: number;
  readonly half: number | null;
} {
  const count = values.length;
  if (count === 0) throw new RangeError('meanInterval needs at least one value, got none');
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  if (count === 1) return { mean, half: null };
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const error = Math.sqrt(squares / (count - 1) / count);
  return { mean, half: (STUDENT[count - 2] ?? NORMAL) * error };
}
