// Sum and sum of squares of many values in one pass. Pure.

export interface Moments {
  readonly sum: number;
  readonly squares: number;
}

/** Both sums in float64; NaN or infinite if a value is. Two chains of additions, because one waits for itself. */
export function momentsOf(values: Float32Array): Moments {
  let sumEven = 0;
  let sumOdd = 0;
  let squaresEven = 0;
  let squaresOdd = 0;
  const even = values.length & ~1;
  for (let i = 0; i < even; i += 2) {
    const a = values[i]!;
    const b = values[i + 1]!;
    sumEven += a;
    sumOdd += b;
    squaresEven += a * a;
    squaresOdd += b * b;
  }
  if (even < values.length) {
    const last = values[even]!;
    sumEven += last;
    squaresEven += last * last;
  }
  return { sum: sumEven + sumOdd, squares: squaresEven + squaresOdd };
}
