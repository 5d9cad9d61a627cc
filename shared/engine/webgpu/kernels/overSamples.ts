// What the losses share: one workgroup over all samples of the micro-batch.
// Metrics are four words of the arena: float32 loss sum, its rounding error, u32 hits, and one that is not used.

import { kernel, wordOf, type Kernel, type KernelPlan } from './kernel.ts';

const LANES = 64;

/** `sample(n)` gives loss and hit of sample n as `vec2f` and writes its gradient. */
export function overSamples(plan: KernelPlan, metrics: number, declarations: string): Kernel {
  const word = wordOf(plan, metrics);
  return kernel(
    `${declarations}
var<workgroup> sums: array<vec2f, ${LANES}>;
@compute @workgroup_size(${LANES})
fn main(@builtin(local_invocation_index) lane: u32) {
  var own = vec2f();
  for (var n = lane; n < args.count; n += ${LANES}u) { own += sample(n); }
  sums[lane] = own;
  workgroupBarrier();
  if (lane == 0u) {
    var sum = vec2f();
    for (var k = 0u; k < min(args.count, ${LANES}u); k++) { sum += sums[k]; }
    let before = load(${word}u);
    let after = before + sum.x;
    store(${word}u, after);
    store(${word + 1}u, load(${word + 1}u) + select((sum.x - after) + before, (before - after) + sum.x, abs(before) >= abs(sum.x)));
    arena[${word + 2}u] += u32(sum.y);
  }
}
`,
    () => [1, 1, 1],
  );
}
