// What is usual for a tensor's delta: a window of the newest norms and its median. Pure: makes new lists.
//
// A norm here is the root mean square over the elements trained, so that slices of different size compare.

import { median } from './median.ts';

/** Norms of the newest updates that trained the tensor, oldest first. */
export type NormWindow = readonly number[];

const WINDOW_SIZE = 64;
/** With fewer norms than this nothing is called unusual. */
const MIN_NORMS = 8;
/** An update this many times the usual norm is no honest one, whatever the clipping. */
const ABSURD_MULTIPLE = 1000;

export function pushNorm(window: NormWindow, norm: number): NormWindow {
  return window.length < WINDOW_SIZE ? [...window, norm] : [...window.slice(1), norm];
}

/** The running median, or null when too little has been seen or the tensor has hardly moved. */
export function usualNorm(window: NormWindow): number | null {
  if (window.length < MIN_NORMS) return null;
  const middle = median(window);
  return middle > 0 ? middle : null;
}

/**
 * The scale in (0, 1] that brings a norm down to `multiple` times the usual one; 1 if it is below, `multiple` is 0
 * (no clipping) or nothing is usual yet. Clipping to a multiple of a running median is ours, after the norm bounds of
 * robust federated averaging (arXiv 1911.07963).
 */
export function clipScale(norm: number, usual: number | null, multiple: number): number {
  if (usual === null || multiple === 0 || norm <= multiple * usual) return 1;
  return (multiple * usual) / norm;
}

/**
 * Whether a whole update is out of all proportion: its norm against what its tensors' usual norms make together.
 * `parts`: one per trained slice; `size` in elements. False while any of them has no usual norm.
 */
export function isAbsurd(
  parts: readonly { readonly norm: number; readonly usual: number | null; readonly size: number }[],
): boolean {
  let squares = 0;
  let usualSquares = 0;
  for (const { norm, usual, size } of parts) {
    if (usual === null) return false;
    squares += norm * norm * size;
    usualSquares += usual * usual * size;
  }
  return squares > ABSURD_MULTIPLE * ABSURD_MULTIPLE * usualSquares;
}
