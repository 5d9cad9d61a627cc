// Kernels over the slice of a weight and what is packed like it.

import { lengthOf, type Range } from '../../range.ts';
import { fixed, forEach, matrixOf, type Kernel, type KernelPlan } from './kernel.ts';
import { sliceAddress } from './target.ts';

/** Runs `body`, which sees `word` of the weight and `e` of the packed slice, over a slice. */
export function overSlice(
  plan: KernelPlan,
  weight: number,
  inputs: Range,
  outputs: Range,
  body: string,
): Kernel {
  const { positions } = matrixOf(plan, weight);
  const columns = lengthOf(outputs);
  return forEach(
    fixed(positions * lengthOf(inputs) * columns),
    `let word = weight_word(e / ${columns}u, e % ${columns}u);\n${body}`,
    sliceAddress(plan, 'weight_word', weight, inputs, outputs),
  );
}
