// The blocks of an assignment into the arena: copied into the trainer's dead space, read from there, nothing kept.
// Knows the order and form of blocks in a message, nothing of sockets.

import { parametersOf, type ModelSpec } from '../../shared/engine/model.ts';
import { precisionsOf } from '../../shared/engine/parameterTransfer.ts';
import { trainedSlices } from '../../shared/engine/scheme.ts';
import type { Trainer } from '../../shared/engine/trainer.ts';
import { decodeRange, decodeWeight, int4ToInt8, weightBytes } from '../../shared/engine/weightCodec.ts';
import { formOfBlock, type BlockForm } from '../../shared/contract/blockForm.ts';
import type { Assignment, BlockHeader } from '../../shared/contract/messages.ts';

/** Elements that are decoded at once, in the JavaScript heap. */
const CHUNK = 2048;

/** A block with its place in a message. */
interface PlacedBlock {
  readonly header: BlockHeader;
  readonly form: BlockForm;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/**
 * The blocks of a message, as views of it. Throws RangeError when a header names nothing that the model has, or when the
 * message is not exactly as long as its blocks are.
 */
export function splitMessage(
  model: ModelSpec,
  { scheme, blocks }: Pick<Assignment, 'scheme' | 'blocks'>,
  message: ArrayBuffer,
): PlacedBlock[] {
  const parameters = parametersOf(model);
  const slices = trainedSlices(model, scheme);
  const forms = blocks.map(({ tensor, part }) => {
    const parameter = parameters[tensor];
    if (!parameter) {
      throw new RangeError(`a block must name one of ${parameters.length} parameter tensors, got ${tensor}`);
    }
    if (part === 'whole') return formOfBlock(parameter, null);
    const slice = slices.find((candidate) => candidate.parameter === tensor);
    if (!slice) throw new RangeError(`a slice must be of a tensor that the scheme trains, got ${tensor}`);
    return formOfBlock(parameter, slice);
  });
  const sizes = blocks.map(({ precision }, i) => weightBytes(forms[i]!.matrix, precision));
  const numBytes = sizes.reduce((sum, size) => sum + size, 0);
  if (message.byteLength !== numBytes) {
    throw new RangeError(
      `the blocks of this assignment must be ${numBytes} bytes, got ${message.byteLength}`,
    );
  }
  let end = 0;
  return blocks.map((header, i) => {
    const bytes = new Uint8Array(message, end, sizes[i]!);
    end += sizes[i]!;
    return { header, form: forms[i]!, bytes };
  });
}

/**
 * Loads the blocks of an assignment; those that bring a slice where `isHeld` says that the tensor is there, or it came before. Returns
 * the headers of what was loaded. The first `keptBytes` of the transfer buffer are left as they are. Throws RangeError
 * as `splitMessage` does.
 */
export function loadBlocks(
  trainer: Trainer,
  assignment: Pick<Assignment, 'scheme' | 'blocks'>,
  isHeld: readonly boolean[],
  message: ArrayBuffer,
  keptBytes = 0,
): BlockHeader[] {
  const blocks = splitMessage(trainer.plan.model, assignment, message);
  if (blocks.length === 0) return [];

  const room = trainer.transferBuffer().subarray(keptBytes);
  // Finer than the plan needs them, or where something is kept, they may be longer than what is left of it.
  const fits = message.byteLength <= room.length;
  if (fits) room.set(new Uint8Array(message));
  const inArena = precisionsOf(trainer.plan);
  const isThere = [...isHeld];
  return blocks
    .filter(({ header, form, bytes }) => {
      const { tensor, precision, part } = header;
      const encoded = fits ? room.subarray(bytes.byteOffset, bytes.byteOffset + bytes.length) : bytes;
      if (part === 'slice' && !isThere[tensor]) return false;
      isThere[tensor] = true;
      if (part === 'whole' && precision === inArena[tensor]) trainer.loadEncoded([tensor], encoded);
      else if (inArena[tensor] === 'float32' || part === 'slice')
        loadDecoded(trainer, tensor, form, precision, encoded);
      else if (inArena[tensor] === 'int8' && precision === 'int4')
        trainer.loadEncoded([tensor], int4ToInt8(encoded, form.matrix));
      else trainer.load([tensor], [decodeWeight(encoded, form.matrix, precision)]);
      return true;
    })
    .map(({ header }) => header);
}

function loadDecoded(
  trainer: Trainer,
  tensor: number,
  { matrix, stretches }: BlockForm,
  precision: BlockHeader['precision'],
  encoded: Uint8Array,
): void {
  const chunk = new Float32Array(Math.min(CHUNK, Math.max(...stretches.map(({ length }) => length))));
  let packed = 0;
  for (const { start, length } of stretches) {
    for (let done = 0; done < length; done += chunk.length) {
      const values = chunk.subarray(0, Math.min(chunk.length, length - done));
      decodeRange(encoded, matrix, precision, packed, values);
      trainer.loadRange(tensor, start + done, values);
      packed += values.length;
    }
  }
}
