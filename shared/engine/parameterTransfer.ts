// Parameters into and out of an arena, each in the precision that the plan holds it in. What all trainers share.
// Knows nothing of how a backend reaches its arena.

import { parametersOf } from './model.ts';
import type { ArenaTensor, Precision, TrainingPlan } from './plan.ts';
import type { Trainer } from './trainer.ts';
import { decodeWeight, encodeWeight } from './weightCodec.ts';

/** The precision in which the plan holds each model parameter, in the model's order. */
export function precisionsOf({ parameterIds, tensors }: TrainingPlan): Precision[] {
  return parameterIds.map((id) => tensors[id]!.elementType as Precision);
}

/** `load` and `loadEncoded` of a trainer that can write the bytes of an arena tensor. */
export function loadThrough(
  plan: TrainingPlan,
  write: (tensor: ArenaTensor, bytes: Uint8Array<ArrayBufferLike>) => void,
): Pick<Trainer, 'load' | 'loadEncoded'> {
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
        write(
          tensor,
          tensor.elementType === 'float32'
            ? new Uint8Array(block.buffer, block.byteOffset, block.byteLength)
            : encodeWeight(block, tensor.matrix!, tensor.elementType as Precision),
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
        write(tensor, blocks.subarray(end, (end += tensor.bytes)));
      }
    },
  };
}

/** The values of a parameter tensor from its bytes in the arena; a copy. */
export function parameterValues({ matrix, elementType }: ArenaTensor, bytes: Uint8Array): Float32Array {
  return decodeWeight(bytes, matrix!, elementType as Precision);
}
