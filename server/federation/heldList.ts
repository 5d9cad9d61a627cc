// What a device says of the blocks that it holds. Pure.

/** Whether it tells a version, or -1, of every tensor. A version that does not exist only means that the device lacks the block. */
export function isHeldList(held: readonly number[], numTensors: number): boolean {
  return (
    Array.isArray(held) &&
    held.length === numTensors &&
    held.every((version) => Number.isSafeInteger(version) && version >= -1)
  );
}
