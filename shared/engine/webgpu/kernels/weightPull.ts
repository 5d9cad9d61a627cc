// What weight decay and the proximal term add to a step.

import { float } from './float.ts';
import { wordOf, type KernelPlan } from './kernel.ts';

/** WGSL: what weight decay and FedProx add to the gradient of `w`. */
export function pull(
  plan: KernelPlan,
  { decay, base, proximal }: { decay: number; base: number | null; proximal: number },
): string {
  const towardsBase = base === null ? '' : ` + ${float(proximal)} * (w - load(${wordOf(plan, base)}u + e))`;
  return `(${float(decay)} * w${towardsBase})`;
}
