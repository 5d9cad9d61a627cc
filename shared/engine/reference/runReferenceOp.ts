// Runs ops in float64 by plain loops: the oracle that fast kernels must match. Clear before fast.

import { ACTIVATIONS } from '../activations/activations.ts';
import { dropoutHash } from '../dropoutHash.ts';
import { isPacked, targetTensor } from '../ops/gradientTarget.ts';
import { REFERENCE_OPS, type Op } from '../ops/ops.ts';
import { decodeWeight } from '../weightCodec.ts';
import { forEachInSlice } from './elements.ts';
import type { Dynamic, ReferenceArena, ReferenceMemory } from './memory.ts';

/** Runs one op. */
export function runReferenceOp(arena: ReferenceArena, op: Op, dynamic: Dynamic): void {
  const run = REFERENCE_OPS[op.kind] as (memory: ReferenceMemory, op: Op) => void;
  run(memoryFor(arena, dynamic), op);
}

function memoryFor({ tensors, floats, bytes }: ReferenceArena, dynamic: Dynamic): ReferenceMemory {
  const { count, scale, learningRate, from: firstSample, seed } = dynamic;
  const layoutOf: ReferenceMemory['layoutOf'] = (id) => tensors[id]!.layout!;
  const floatsOf: ReferenceMemory['floatsOf'] = (id) => {
    const { offset, size, layout, perBatch } = tensors[id]!;
    const passed = perBatch ? firstSample * layout!.rows * layout!.columns * layout!.channels : 0;
    return floats.subarray(offset / 4 + passed, offset / 4 + size);
  };
  return {
    tensors,
    floats,
    count,
    scale,
    learningRate,
    firstSample,
    seed,
    activate: (name, x) => (name === null ? x : ACTIVATIONS[name].value(x)),
    slope: (name, y) => ACTIVATIONS[name].slope(y),
    dropoutHash,
    layoutOf,
    floatsOf,
    weightOf(id) {
      const { offset, bytes: length, matrix, elementType } = tensors[id]!;
      if (elementType !== 'float16' && elementType !== 'int8') return floatsOf(id);
      return decodeWeight(bytes.subarray(offset, offset + length), matrix!, elementType);
    },
    bytesOf(id) {
      const { offset, size } = tensors[id]!;
      return bytes.subarray(offset, offset + size);
    },
    featuresOf(id) {
      const { height, width, channels } = layoutOf(id);
      return height * width * channels;
    },
    descend(matrix, target, gradientOf) {
      const moved = floatsOf(targetTensor(target));
      forEachInSlice(matrix, target, (full, packed, position, input, output) => {
        const gradient = gradientOf(position, input, output);
        const element = isPacked(target) ? packed : full;
        moved[element]! += target.kind === 'sgd' ? -learningRate * gradient : gradient;
      });
    },
    forEachElement(layout, visit) {
      for (let n = 0; n < count; n++)
        for (let i = 0; i < layout.height; i++)
          for (let j = 0; j < layout.width; j++) for (let c = 0; c < layout.channels; c++) visit(n, i, j, c);
    },
  };
}
