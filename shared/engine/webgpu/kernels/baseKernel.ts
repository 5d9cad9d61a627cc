// The base copy of what an update trains: noted, given back, or turned into the delta.

import type { Range } from '../../range.ts';
import { wordOf, type Kernel, type KernelPlan } from './kernel.ts';
import { overSlice } from './overSlice.ts';

export type BaseStep = 'note' | 'carry' | 'restore' | 'difference';

/** WGSL of each step over words of the weight and of its base. */
const BASE_STEPS: Readonly<Record<BaseStep, (base: number) => string>> = {
  note: (base) => `arena[${base}u + e] = arena[word];`,
  carry: (base) =>
    `let carried = load(${base}u + e); arena[${base}u + e] = arena[word]; store(word, load(word) + carried);`,
  restore: (base) => `arena[word] = arena[${base}u + e];`,
  difference: (base) => `store(${base}u + e, load(word) - load(${base}u + e));`,
};

/** The base of an update: noted (and what was carried in its place added to the weight), given back, or turned into trained minus base. */
export function baseKernel(
  plan: KernelPlan,
  { weight, base, inputs, outputs }: { weight: number; base: number; inputs: Range; outputs: Range },
  step: BaseStep,
): Kernel {
  return overSlice(plan, weight, inputs, outputs, BASE_STEPS[step](wordOf(plan, base)));
}
