// The blocks of an assignment into the arena: copied into the trainer's dead space, read from there, nothing kept.
// Knows the order of blocks in a message, nothing of sockets.

import type { ParameterSpec } from '../../shared/engine/model.ts';
import type { Trainer } from '../../shared/engine/trainer.ts';

/**
 * Loads the tensors `indices`, whose values lie in `message` one after the other as float32.
 * Throws RangeError when the message is not exactly as long as these tensors are.
 */
export function loadBlocks(
  trainer: Trainer,
  parameters: readonly ParameterSpec[],
  indices: readonly number[],
  message: ArrayBuffer,
): void {
  const sizes = indices.map((index) => {
    const parameter = parameters[index];
    if (!parameter) {
      throw new RangeError(`a block must name one of ${parameters.length} parameter tensors, got ${index}`);
    }
    return parameter.size;
  });
  const numBytes = 4 * sizes.reduce((sum, size) => sum + size, 0);
  if (message.byteLength !== numBytes) {
    throw new RangeError(
      `the blocks of this assignment must be ${numBytes} bytes, got ${message.byteLength}`,
    );
  }
  if (indices.length === 0) return;
  const arena = trainer.transferBuffer();
  if (numBytes > arena.byteLength) {
    throw new Error(`internal: the transfer buffer holds ${arena.byteLength} of ${numBytes} bytes`);
  }
  arena.set(new Uint8Array(message));
  let offset = arena.byteOffset;
  const values = sizes.map((size) => {
    const view = new Float32Array(arena.buffer, offset, size);
    offset += 4 * size;
    return view;
  });
  trainer.load(indices, values);
}
