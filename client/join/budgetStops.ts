// The budgets that the slider offers: two steps an octave from 8 KiB to 64 MiB. Knows nothing of the slider.

import { LARGEST_BUDGET_BYTES, SMALLEST_BUDGET_BYTES } from './joinParameters.ts';

/** Ascending: 8 KiB, 12 KiB, 16 KiB, ... 64 MiB. */
export const BUDGET_STOPS: readonly number[] = createStops();

function createStops(): number[] {
  const stops: number[] = [];
  for (let bytes = SMALLEST_BUDGET_BYTES; bytes < LARGEST_BUDGET_BYTES; bytes *= 2)
    stops.push(bytes, bytes * 1.5);
  return [...stops, LARGEST_BUDGET_BYTES];
}

/** Index of the stop nearest to `bytes`, by ratio. */
export function nearestStop(bytes: number): number {
  const distances = BUDGET_STOPS.map((stop) => Math.abs(Math.log(stop / bytes)));
  return distances.indexOf(Math.min(...distances));
}
