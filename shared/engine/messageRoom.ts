// The room that messages need between updates, in the part of the arena that is dead then. Knows no encodings.
//
//     transferOffset
//     | delta, until it is acknowledged | its message |             an update goes up
//     | rest of the delta, where kept   | window      |             blocks come down, piece by piece

import type { Matrix } from './tensors.ts';

/** How updates go up. */
export interface Upload {
  /** Bytes of an update's message beside the delta that it is made from; `sizes`: elements of each scheme entry. */
  messageBytes(sizes: readonly number[]): number;
  /** What of the delta has not travelled stays where it lies while the next blocks come. */
  readonly keepsRest: boolean;
}

/** The delta itself is the message. */
export const AS_IT_IS: Upload = { messageBytes: () => 0, keepsRest: false };

/** A window that need not be larger: the round trips of a megabyte take a second or two on a mobile network. */
const WINDOW_BYTES = 16 * 1024;
/** Scales of int8 and four rows of float32: pieces of a block are cut at every fourth row. */
const BYTES_AN_OUTPUT = 4 + 4 * 4;

/** The least window through which all blocks come; `blockBytes`: all of them, as the arena holds them. */
export function leastWindow(matrices: readonly Matrix[], blockBytes: number): number {
  const widest = matrices.reduce((most, { outputs }) => Math.max(most, outputs), 0);
  return Math.min(blockBytes, Math.max(WINDOW_BYTES, widest * BYTES_AN_OUTPUT));
}

/** Bytes that messages need; `sizes`: elements of each scheme entry. */
export function messageRoom(upload: Upload, sizes: readonly number[], window: number): number {
  const deltaBytes = 4 * sizes.reduce((sum, size) => sum + size, 0);
  return Math.max(deltaBytes + upload.messageBytes(sizes), (upload.keepsRest ? deltaBytes : 0) + window);
}
