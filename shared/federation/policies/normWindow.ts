// What is usual for a tensor's delta, and how far one may go beyond it. Pure: makes new lists.
//
//   norm     root mean square over the elements trained, so that slices of different size compare, divided by the root of
//            the local steps, so that devices that do few of them and devices that do many compare
//   usual    the median over devices of the norm of the newest update of each, as it was after clipping
//   limit    multiple x usual; while fewer than three devices have told: the model's own scale
//
// One norm a device: however often one sends, it has one voice. Norms after clipping: nobody's can grow at once. Clipping
// to a multiple of a running median is ours, after the norm bounds of robust federated averaging (arXiv 1911.07963).

import { lowerMedian } from './median.ts';

/** Of the newest update of each device that moved the tensor, the longest ago first. */
export type NormWindow = readonly { readonly deviceId: string; readonly norm: number }[];

const WINDOW_SIZE = 64;
/** Fewer devices than this do not tell what is usual: two cannot outvote one. */
const MIN_DEVICES = 3;
/** An update this many times the usual norm is no honest one, whatever the clipping. */
const ABSURD_MULTIPLE = 1000;

/** `norm`: after clipping. One that is zero says nothing of what is usual: the encoding may have left the tensor out. */
export function pushNorm(window: NormWindow, deviceId: string, norm: number): NormWindow {
  if (norm === 0) return window;
  return [...window.filter((each) => each.deviceId !== deviceId), { deviceId, norm }].slice(-WINDOW_SIZE);
}

/** The running median, or null when too few devices have told. */
export function usualNorm(window: NormWindow): number | null {
  return window.length < MIN_DEVICES ? null : lowerMedian(window.map(({ norm }) => norm));
}

/** What is usual where local steps become so many times as large. */
export function scaleNorms(window: NormWindow, factor: number): NormWindow {
  return window.map(({ deviceId, norm }) => ({ deviceId, norm: norm * factor }));
}

/**
 * How far an update may move a tensor of which nothing is usual yet: as far as its values, or those of the whole model,
 * lie from zero (root mean squares); 1 in a model of zeros.
 */
export function ownScale(tensor: Float32Array, model: readonly Float32Array[]): number {
  return Math.max(rootMeanSquare([tensor]), rootMeanSquare(model)) || 1;
}

/** The scale in (0, 1] that brings a norm down to the limit; Infinity: none. */
export function clipScale(norm: number, limit: number): number {
  return norm <= limit ? 1 : limit / norm;
}

/** Whether a whole update is out of all proportion. `parts`: one a trained slice; `size` in elements; `usual`: a norm. */
export function isAbsurd(
  parts: readonly { readonly norm: number; readonly usual: number; readonly size: number }[],
): boolean {
  let squares = 0;
  let usualSquares = 0;
  for (const { norm, usual, size } of parts) {
    squares += norm * norm * size;
    usualSquares += usual * usual * size;
  }
  return squares > ABSURD_MULTIPLE * ABSURD_MULTIPLE * usualSquares;
}

function rootMeanSquare(tensors: readonly Float32Array[]): number {
  let [squares, size] = [0, 0];
  for (const values of tensors) {
    for (const value of values) squares += value * value;
    size += values.length;
  }
  return Math.sqrt(squares / size);
}
