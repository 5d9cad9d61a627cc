// Sum and sum of squares of many values in one pass. Pure.

import type { Delta } from '../../contract/delta.ts';

export interface PowerSums {
  readonly sum: number;
  readonly squares: number;
}

/**
 * Both sums in float64; NaN or infinite if a value is. Two chains of additions, because one waits for itself: of even elements
 * and of odd ones, so that zeros make no difference to the last bit, left out or not.
 */
export function powerSumsOf({ places, values }: Delta): PowerSums {
  return places ? powerSumsAt(places, values) : powerSumsOfAll(values);
}

function powerSumsOfAll(values: Float32Array): PowerSums {
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

/** The chain that a value is not of gets a zero: which one it is nobody could predict. */
function powerSumsAt(places: Uint32Array, values: Float32Array): PowerSums {
  let sumEven = 0;
  let sumOdd = 0;
  let squaresEven = 0;
  let squaresOdd = 0;
  for (let i = 0; i < values.length; i++) {
    const odd = values[i]! * (places[i]! & 1);
    const even = values[i]! - odd;
    sumEven += even;
    sumOdd += odd;
    squaresEven += even * even;
    squaresOdd += odd * odd;
  }
  return { sum: sumEven + sumOdd, squares: squaresEven + squaresOdd };
}
