// Group normalisation: a workgroup a (sample, group), and the gradients of its input and parameters.
// stats: [count, groups, 2], mean and 1 / deviation.

import { imageOf, kernel, wordOf, type Image, type Kernel, type KernelPlan, type OpOf } from './kernel.ts';
import { float } from './pool.ts';
import { reduce } from './reduce.ts';
import { lengthOf } from '../../scheme.ts';
import { descendFunction } from './target.ts';

const LANES = 64;

/** WGSL function `NAME(e)`: word of element e of the workgroup's group: channels innermost. */
function elementFunction(name: string, image: Image, groups: number): string {
  const { width, channels } = image.layout;
  const own = channels / groups;
  return `fn ${name}(group: u32, e: u32) -> u32 {
  let pixel = e / ${own}u;
  return ${image.first()} + (group / ${groups}u) * ${image.sample}u + (pixel / ${width}u) * ${image.row}u + (pixel % ${width}u) * ${image.pixel}u
    + (group % ${groups}u) * ${own}u + e % ${own}u;
}
`;
}

const TOTAL = `
var<workgroup> parts: array<vec2f, ${LANES}>;
fn total(lane: u32, own: vec2f) -> vec2f {
  workgroupBarrier();
  parts[lane] = own;
  workgroupBarrier();
  var sum = vec2f();
  for (var k = 0u; k < ${LANES}u; k++) { sum += parts[k]; }
  return sum;
}
`;

/** One workgroup a group of a sample; `body` sees `group`, `lane` and `channel(e)`. */
function overGroups(x: Image, groups: number, declarations: string, body: string): Kernel {
  const own = x.layout.channels / groups;
  return kernel(
    `${TOTAL}${declarations}
fn channel(group: u32, e: u32) -> u32 { return (group % ${groups}u) * ${own}u + e % ${own}u; }
@compute @workgroup_size(${LANES})
fn main(@builtin(workgroup_id) id: vec3u, @builtin(local_invocation_index) lane: u32) {
let group = id.x;
${body}
}
`,
    (count) => [count * groups, 1, 1],
  );
}

export function groupNorm(plan: KernelPlan, op: OpOf<'groupNorm'>): Kernel {
  const [x, y] = [imageOf(plan, op.x), imageOf(plan, op.y)];
  const size = x.features / op.groups;
  return overGroups(
    x,
    op.groups,
    elementFunction('at_x', x, op.groups) + elementFunction('at_y', y, op.groups),
    `var sum = 0.0;
for (var e = lane; e < ${size}u; e += ${LANES}u) { sum += load(at_x(group, e)); }
let mean = total(lane, vec2f(sum, 0.0)).x * ${float(1 / size)};
var squares = 0.0;
for (var e = lane; e < ${size}u; e += ${LANES}u) { let d = load(at_x(group, e)) - mean; squares += d * d; }
let inverse = 1.0 / sqrt(total(lane, vec2f(squares, 0.0)).x * ${float(1 / size)} + ${float(op.epsilon)});
${op.stats === null ? '' : `if (lane == 0u) { store(${wordOf(plan, op.stats)}u + group * 2u, mean); store(${wordOf(plan, op.stats)}u + group * 2u + 1u, inverse); }`}
for (var e = lane; e < ${size}u; e += ${LANES}u) {
  let c = channel(group, e);
  store(at_y(group, e), (load(at_x(group, e)) - mean) * inverse * load(${wordOf(plan, op.scale)}u + c) + load(${wordOf(plan, op.shift)}u + c));
}`,
  );
}

export function groupNormInputGrad(plan: KernelPlan, op: OpOf<'groupNormInputGrad'>): Kernel {
  const [x, dy] = [imageOf(plan, op.x), imageOf(plan, op.dy)];
  const size = x.features / op.groups;
  const stats = wordOf(plan, op.stats);
  return overGroups(
    x,
    op.groups,
    elementFunction('at_x', x, op.groups) + elementFunction('at_dy', dy, op.groups),
    `let mean = load(${stats}u + group * 2u); let inverse = load(${stats}u + group * 2u + 1u);
var own = vec2f();
for (var e = lane; e < ${size}u; e += ${LANES}u) {
  let g = load(at_dy(group, e)) * load(${wordOf(plan, op.scale)}u + channel(group, e));
  own += vec2f(g, g * (load(at_x(group, e)) - mean) * inverse);
}
let means = total(lane, own) * ${float(1 / size)};
for (var e = lane; e < ${size}u; e += ${LANES}u) {
  let word = at_dy(group, e);
  let g = load(word) * load(${wordOf(plan, op.scale)}u + channel(group, e));
  store(word, inverse * (g - means.x - (load(at_x(group, e)) - mean) * inverse * means.y));
}`,
  );
}

/** Both sums of each channel; a frozen one is dropped. */
export function groupNormParameterGrad(plan: KernelPlan, op: OpOf<'groupNormParameterGrad'>): Kernel {
  const [x, dy] = [imageOf(plan, op.x), imageOf(plan, op.dy)];
  const { height, width, channels } = x.layout;
  const stats = wordOf(plan, op.stats);
  const own = channels / op.groups;
  const targets = [op.scaleTarget, op.shiftTarget] as const;
  const into = (index: 0 | 1): string => {
    const target = targets[index];
    if (!target) return '';
    const [from, to] = target.outputs;
    if (lengthOf(target.outputs) === channels) return `descend_${index}(0u, e, s${index});`;
    return `if (e >= ${from}u && e < ${to}u) { descend_${index}(0u, e - ${from}u, s${index}); }`;
  };
  return reduce(plan, {
    total: { code: `${channels}u`, of: () => channels },
    most: channels,
    prepare: '',
    loops: [`(args.count * ${height}u)`, `${width}u`],
    depth: plan.microBatch * height,
    inner: `let n = k0 / ${height}u; let i = k0 % ${height}u;
let g = load(${dy.first()} + n * ${dy.sample}u + i * ${dy.row}u + k1 * ${dy.pixel}u + e);
let v = load(${x.first()} + n * ${x.sample}u + i * ${x.row}u + k1 * ${x.pixel}u + e);
let stat = ${stats}u + (n * ${op.groups}u + e / ${own}u) * 2u;`,
    terms: ['g * (v - load(stat)) * load(stat + 1u)', 'g'],
    finish: `${into(0)}\n${into(1)}`,
    declarations: targets
      .map((target, index) => (target ? descendFunction(plan, target, `descend_${index}`) : ''))
      .join(''),
  });
}
