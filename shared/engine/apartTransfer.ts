// Parameters of which a slice is held apart, into and out of an arena. Pages fetch it with the first plan that has such slices.

import { heldSlices } from './heldSlices.ts';
import type { TrainingPlan } from './plan.ts';
import type { ApartTransfer } from './parameterTransfer.ts';
import { lengthOf } from './range.ts';

/** Of a plan that has slices held apart. */
export function createApartTransfer({ tensors, parameterIds, ...plan }: TrainingPlan): ApartTransfer {
  const slices = new Map(
    heldSlices({ tensors, parameterIds, ...plan }).flatMap(({ parameter, weight, apart }) => {
      if (!apart) return [];
      const rest = tensors[parameterIds[parameter]!]!;
      const [held, width, { outputs }] = [tensors[weight]!, lengthOf(apart), rest.matrix!];
      return [[parameter, { rest, held, width, first: apart[0], outputs }] as const];
    }),
  );
  return {
    wrote(index, readRange, write) {
      const slice = slices.get(index);
      if (!slice) return;
      const { rest, held, width, first, outputs } = slice;
      const packed = new Float32Array(held.size);
      for (let row = 0; row * width < packed.length; row++)
        readRange(row * outputs + first, packed.subarray(row * width, (row + 1) * width));
      write(held, new Uint8Array(packed.buffer), 0);
      // Their scales: the kernels of the rest then make nothing of these outputs.
      write(rest, new Uint8Array(width * 4), first * 4);
    },
    writeRange(index, start, values, write) {
      const slice = slices.get(index);
      if (!slice) return false;
      const { rest, held, width, first, outputs } = slice;
      const row = Math.floor(start / outputs);
      const column = start - row * outputs - first;
      if (!(start >= 0 && start < rest.size && column >= 0 && column + values.length <= width))
        throw new RangeError(
          `a range of "${rest.name}" must lie in outputs [${first}, ${first + width}), of which alone the plan holds float32, got ${values.length} elements from ${start} on`,
        );
      write(
        held,
        new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
        (row * width + column) * 4,
      );
      return true;
    },
    complete(index, values, bytesOf) {
      const slice = slices.get(index);
      if (!slice) return;
      const { held, width, first, outputs } = slice;
      const packed = new Float32Array(bytesOf(held).slice().buffer);
      for (let row = 0; row * width < packed.length; row++)
        values.set(packed.subarray(row * width, (row + 1) * width), row * outputs + first);
    },
  };
}
