// How much it takes from an update's weight that its device is heard more often than others. Pure.
//
//   r_k = q / q_k        q_k  how many of the newest updates, W of them, are of this device, this one included
//                        q    the least q_k of the buffer
//
// After the soft part of THROTTLE (arXiv 2609.39357), by which the q-th update of a device in a window weighs 1 / q. Ours: relative to
// who is heard least in the buffer, so that it tells updates of a buffer apart and does not shorten the step; and never above 1, as
// identities are free.

/** The newest W device ids, with one more. */
export function pushRecent(recent: readonly string[], deviceId: string, window: number): readonly string[] {
  return window === 0 ? [] : [...recent, deviceId].slice(-window);
}

/** q_k, at the time of the device's newest update. */
export function countTurns(recent: readonly string[], deviceId: string): number {
  return recent.filter((each) => each === deviceId).length;
}

/** r_k of each update of the buffer, in order; 1 of those that were not counted. */
export function seldomWeights(turns: readonly (number | undefined)[]): number[] {
  const least = Math.min(...turns.map((turn) => turn ?? Infinity));
  return turns.map((turn) => (turn === undefined ? 1 : least / turn));
}
