// How much an update's spread, beside that of its neighbours in the buffer, takes from its weight. Pure.
//
//   u_k = 1                                          v_k <= m, v_k untold, or fewer than three coverers told theirs
//   u_k = max(m / v_k, MIN_VARIANCE_FACTOR)          else             m = median of the told v over the coverers
//
// and the weight is multiplied by u_k^b. Ours (FTTE, arXiv 2510.03165, weighs by variance but publishes no formula).
// b < 0 turns the sign: it is the calm ones that count less, by u_k = max(v_k / m, MIN_VARIANCE_FACTOR) to the power |b|.
// Never more than 1: what lifts an update above its neighbours is worth lying for.

import { median } from './median.ts';

/** Keeps one wild measure from silencing an update. */
export const MIN_VARIANCE_FACTOR = 0.01;
/** Below this many told measures a median says nothing of any of them. */
const MIN_COVERERS = 3;

/** u_k^b of each coverer of one tensor, in order. `measures`: v_k >= 0, null where it cannot be told. */
export function varianceFactors(measures: readonly (number | null)[], exponent: number): number[] {
  const told = measures.filter((measure) => measure !== null);
  if (exponent === 0 || told.length < MIN_COVERERS) return measures.map(() => 1);
  const middle = median(told);
  return measures.map((measure) => {
    if (measure === null || measure === middle) return 1;
    const ratio = exponent > 0 ? middle / measure : measure / middle;
    return Math.pow(Math.min(Math.max(ratio, MIN_VARIANCE_FACTOR), 1), Math.abs(exponent));
  });
}
