// Parameters into and out of an arena, each in the precision that the plan holds it in. What all trainers share.
// Knows nothing of how a backend reaches its arena.

import { parametersOf } from './model.ts';
import type { TrainingPlan } from './plan.ts';
import type { ArenaTensor, Precision } from './tensors.ts';
import type { Trainer } from './trainer.ts';
import { decodeRange, decodeWeight, encodeWeight } from './weightCodec.ts';

/** Writes bytes into an arena tensor from its byte `at` on. */
type Write = (tensor: ArenaTensor, bytes: Uint8Array<ArrayBufferLike>, at: number) => void;

/** What it takes besides where slices are held apart (apartTransfer.ts). `index`: of a parameter, whichever. */
export interface ApartTransfer {
  /** Its own tensor has been written. `readRange`: gives its elements from `start` on, as they came. */
  wrote(index: number, readRange: (start: number, target: Float32Array) => void, write: Write): void;
  /** Whether it is one with a slice held apart, into which the range has then been written. */
  writeRange(index: number, start: number, values: Float32Array, write: Write): boolean;
  /** Puts the slice into the values of its own tensor. */
  complete(index: number, values: Float32Array, bytesOf: (tensor: ArenaTensor) => Uint8Array): void;
}

/** The precision in which the plan holds each model parameter, slices held apart aside, in the model's order. */
export function precisionsOf({ parameterIds, tensors }: TrainingPlan): Precision[] {
  return parameterIds.map((id) => tensors[id]!.elementType as Precision);
}

/** Loading, for a trainer that can write bytes into an arena tensor from its byte `at` on. */
export function loadThrough(
  plan: TrainingPlan,
  write: Write,
  apart: ApartTransfer | null = null,
): Pick<Trainer, 'load' | 'loadEncoded' | 'loadRange'> {
  const parameters = parametersOf(plan.model);
  const tensorOf = (index: number): ArenaTensor => {
    const id = plan.parameterIds[index];
    if (id === undefined)
      throw new RangeError(`a block must name one of ${parameters.length} parameter tensors, got ${index}`);
    return plan.tensors[id]!;
  };
  return {
    load(indices, values) {
      for (const [i, index] of indices.entries()) {
        const { name, size } = tensorOf(index);
        if (values[i]?.length !== size)
          throw new RangeError(`values of "${name}" must have ${size} elements, got ${values[i]?.length}`);
      }
      for (const [i, index] of indices.entries()) {
        const tensor = tensorOf(index);
        const block = values[i]!;
        const bytes =
          tensor.elementType === 'float32'
            ? new Uint8Array(block.buffer, block.byteOffset, block.byteLength)
            : encodeWeight(block, tensor.matrix!, tensor.elementType as Precision);
        write(tensor, bytes, 0);
        apart?.wrote(
          index,
          (start, target) => target.set(block.subarray(start, start + target.length)),
          write,
        );
      }
    },
    loadEncoded(indices, blocks) {
      const expected = indices.reduce((sum, index) => sum + tensorOf(index).bytes, 0);
      if (blocks.length !== expected)
        throw new RangeError(`these blocks must be ${expected} bytes, got ${blocks.length}`);
      let end = 0;
      for (const index of indices) {
        const tensor = tensorOf(index);
        const { matrix, elementType } = tensor;
        const bytes = blocks.subarray(end, (end += tensor.bytes));
        write(tensor, bytes, 0);
        apart?.wrote(
          index,
          (start, target) => decodeRange(bytes, matrix!, elementType as Precision, start, target),
          write,
        );
      }
    },
    loadRange(index, start, values) {
      const tensor = tensorOf(index);
      if (apart?.writeRange(index, start, values, write)) return;
      const { name, size, elementType } = tensor;
      const end = start + values.length;
      if (elementType !== 'float32' || !(start >= 0 && end <= size))
        throw new RangeError(
          `a range of "${name}" must be of float32 and lie in [0, ${size}), got [${start}, ${end}) of ${elementType}`,
        );
      write(tensor, new Uint8Array(values.buffer, values.byteOffset, values.byteLength), start * 4);
    },
  };
}

/** The parameters of these indices, for a trainer that can give the bytes of an arena tensor. */
export function readThrough(
  { parameterIds, tensors }: TrainingPlan,
  indices: Iterable<number>,
  bytesOf: (tensor: ArenaTensor) => Uint8Array,
  apart: ApartTransfer | null = null,
): Float32Array[] {
  return Array.from(indices, (index) => {
    const tensor = tensors[parameterIds[index]!]!;
    const values = parameterValues(tensor, bytesOf(tensor));
    apart?.complete(index, values, bytesOf);
    return values;
  });
}

/** The values of a parameter tensor from its bytes in the arena; a copy. */
export function parameterValues({ matrix, elementType }: ArenaTensor, bytes: Uint8Array): Float32Array {
  return decodeWeight(bytes, matrix!, elementType as Precision);
}
