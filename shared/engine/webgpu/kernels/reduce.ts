// Many small sums of anything: an invocation a sum where there are many, else slices that a workgroup adds up.
// The plain form for what is no matrix product: bias gradients, grouped convolutions, parameters of a norm.

import { kernel, powerOfTwo, type Extent, type Kernel, type KernelPlan } from './kernel.ts';

export interface Reduction {
  /** How many sums, counted by `e`; `most` in a full micro-batch. */
  readonly total: Extent;
  readonly most: number;
  /** WGSL before the loops; sees `e`. */
  readonly prepare: string;
  /** Lengths of the nested loops, outermost first; the first is shared out. Variables `k0`, `k1`, ... */
  readonly loops: readonly string[];
  /** Turns of the first loop in a full micro-batch. */
  readonly depth: number;
  /** WGSL before the terms, inside the loops. */
  readonly inner?: string;
  /** WGSL expressions that are summed. */
  readonly terms: readonly string[];
  /** WGSL after the loops; sees `e` and the sums `s0`, `s1`, ... */
  readonly finish: string;
  readonly declarations: string;
}

const INVOCATIONS = 64;
const ENOUGH_INVOCATIONS = 4096;

/** The kernel of a reduction. */
export function reduce({ isSoftware }: KernelPlan, reduction: Reduction): Kernel {
  const { total, most, loops, terms, depth } = reduction;
  const mostSlices = isSoftware ? 1 : Math.min(INVOCATIONS, ENOUGH_INVOCATIONS / most, depth);
  const slices = 2 ** Math.max(0, Math.floor(Math.log2(mostSlices)));
  const lanes = Math.min(INVOCATIONS / slices, powerOfTwo(most));
  let body = `${reduction.inner ?? ''}\n${terms.map((term, t) => `s${t} += ${term};`).join('\n')}`;
  for (let l = loops.length - 1; l >= 0; l--) {
    const [from, by] = l === 0 && slices > 1 ? ['lane.y', `${slices}u`] : ['0u', '1u'];
    body = `for (var k${l} = ${from}; k${l} < ${loops[l]}; k${l} += ${by}) {\n${body}\n}`;
  }
  const partials = terms.map((_, t) => `parts[(${t}u * ${slices}u + lane.y) * ${lanes}u + lane.x] = s${t};`);
  const gather = terms.map(
    (_, t) =>
      `for (var z = 1u; z < ${slices}u; z++) { s${t} += parts[(${t}u * ${slices}u + z) * ${lanes}u + lane.x]; }`,
  );
  const code = `${reduction.declarations}
${slices > 1 ? `var<workgroup> parts: array<f32, ${terms.length * slices * lanes}>;` : ''}
@compute @workgroup_size(${lanes}, ${slices})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) lane: vec3u) {
let total = ${total.code};
let own = (group.y * 32768u + group.x) * ${lanes}u + lane.x;
let e = min(own, total - 1u);
${reduction.prepare}
${terms.map((_, t) => `var s${t} = 0.0;`).join('\n')}
${body}
${slices > 1 ? `${partials.join('\n')}\nworkgroupBarrier();` : ''}
if (own < total && lane.y == 0u) {
${slices > 1 ? gather.join('\n') : ''}
${reduction.finish}
}
}
`;
  return kernel(code, (count) => {
    const groups = Math.ceil(total.of(count) / lanes);
    return [Math.min(groups, 32768), Math.ceil(groups / 32768), 1];
  });
}
