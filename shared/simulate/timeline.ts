// When an assignment is received, trained and sent back by a device, in virtual time, and how much of it was done when
// something came between. Pure.

import type { VirtualDevice } from './virtualDevices.ts';

export interface Timeline {
  readonly sentAtMs: number;
  readonly receivedAtMs: number;
  readonly trainedAtMs: number;
  /** At the server. */
  readonly arrivesAtMs: number;
}

export function timelineOf(
  { latencyMs, downBytesPerMs, upBytesPerMs, flopsPerSecond }: VirtualDevice,
  sentAtMs: number,
  work: { readonly downBytes: number; readonly flops: number; readonly upBytes: number },
): Timeline {
  const receivedAtMs = roundMs(sentAtMs + latencyMs + work.downBytes / downBytesPerMs);
  const trainedAtMs = roundMs(receivedAtMs + (work.flops / flopsPerSecond) * 1000);
  const arrivesAtMs = roundMs(trainedAtMs + latencyMs + work.upBytes / upBytesPerMs);
  return { sentAtMs, receivedAtMs, trainedAtMs, arrivesAtMs };
}

/** Shares of the download, of the local steps and of the upload that were done at a time. */
export function doneBy(
  { sentAtMs, receivedAtMs, trainedAtMs, arrivesAtMs }: Timeline,
  atMs: number,
): { readonly down: number; readonly trained: number; readonly up: number } {
  return {
    down: shareBetween(sentAtMs, receivedAtMs, atMs),
    trained: shareBetween(receivedAtMs, trainedAtMs, atMs),
    up: shareBetween(trainedAtMs, arrivesAtMs, atMs),
  };
}

/** To whole microseconds: the last bits of a logarithm must not decide which of two events comes first. */
export function roundMs(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}

function shareBetween(from: number, to: number, at: number): number {
  if (at >= to) return 1;
  return Math.max(0, (at - from) / (to - from));
}
