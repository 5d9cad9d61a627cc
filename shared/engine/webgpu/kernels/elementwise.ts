// Ops that touch each element on its own: clearing, copying, activations, masks, dropout, and what moves weights.

import { activateFunction, slopeFunction } from './activation.ts';
import {
  addressFunction,
  matrixOf,
  fixed,
  forEach,
  imageOf,
  perSample,
  wordOf,
  type Kernel,
  type KernelPlan,
  type OpOf,
} from './kernel.ts';
import { float } from './pool.ts';
import { lengthOf, type Range } from '../../scheme.ts';
import { sliceAddress } from './target.ts';

/** Of the samples of this micro-batch; nobody reads others. */
export function clear(plan: KernelPlan, op: OpOf<'clear'>): Kernel {
  const x = imageOf(plan, op.x);
  const { channels, top, left, height, width, columns } = x.layout;
  if (op.what === 'all') return forEach(perSample(x.sample), `store(${x.start()} + e, 0.0);`);
  // A sample's border in its order: what lies before its first element row, between two rows, and behind the last.
  const border = x.sample - x.features;
  const [before, between, row] = [
    top * x.bufferRow + left * channels,
    (columns - width) * channels,
    width * channels,
  ];
  const rowsBefore = between === 0 ? `${height}u` : `min((b - ${before}u) / ${between}u + 1u, ${height}u)`;
  return forEach(
    perSample(border),
    `let b = e % ${border}u; var word = ${x.start()} + (e / ${border}u) * ${x.sample}u + b;
if (b >= ${before}u) { word += ${rowsBefore} * ${row}u; }
store(word, 0.0);`,
  );
}

export function copy(plan: KernelPlan, op: OpOf<'copy'>): Kernel {
  return between(plan, op.x, op.y, 'store(at_y(e), load(at_x(e)));');
}

export function add(plan: KernelPlan, op: OpOf<'add'>): Kernel {
  return between(plan, op.x, op.y, 'let word = at_y(e); store(word, load(word) + load(at_x(e)));');
}

function between(plan: KernelPlan, from: number, to: number, body: string): Kernel {
  const [x, y] = [imageOf(plan, from), imageOf(plan, to)];
  return forEach(perSample(y.features), body, addressFunction('at_x', x) + addressFunction('at_y', y));
}

export function activation(plan: KernelPlan, op: OpOf<'activation'>): Kernel {
  const x = imageOf(plan, op.x);
  return forEach(
    perSample(x.features),
    'let word = at_x(e); store(word, activate(load(word)));',
    activateFunction(op.function) + addressFunction('at_x', x),
  );
}

/** A word of 32 bits an invocation. */
export function packMask(plan: KernelPlan, op: OpOf<'packMask'>): Kernel {
  const x = imageOf(plan, op.x);
  const words = (count: number): number => Math.ceil((count * x.features) / 32);
  return forEach(
    { code: `((args.count * ${x.features}u + 31u) / 32u)`, of: words },
    `var bits = 0u;
let most = min(32u, args.count * ${x.features}u - e * 32u);
for (var b = 0u; b < most; b++) { if (slope(load(at_x(e * 32u + b))) > 0.0) { bits |= 1u << b; } }
arena[${wordOf(plan, op.mask)}u + e] = bits;`,
    slopeFunction(op.function) + addressFunction('at_x', x),
  );
}

export function activationGrad(plan: KernelPlan, op: OpOf<'activationGrad'>): Kernel {
  const dy = imageOf(plan, op.dy);
  if (op.form === 'bits')
    return forEach(
      perSample(dy.features),
      `if (((arena[${wordOf(plan, op.source)}u + e / 32u] >> (e % 32u)) & 1u) == 0u) { store(at_dy(e), 0.0); }`,
      addressFunction('at_dy', dy),
    );
  return forEach(
    perSample(dy.features),
    'let word = at_dy(e); store(word, load(word) * slope(load(at_source(e))));',
    slopeFunction(op.function) +
      addressFunction('at_dy', dy) +
      addressFunction('at_source', imageOf(plan, op.source)),
  );
}

/** dropoutHash.ts, word for word. */
export function dropout(plan: KernelPlan, op: OpOf<'dropout'>): Kernel {
  const x = imageOf(plan, op.x);
  return forEach(
    perSample(x.features),
    `let word = at_x(e);
var hash = (((args.start * ${x.features}u + e) ^ args.seed) * 0x9e3779b1u) ^ ${op.layerSeed >>> 0}u;
hash = (hash ^ (hash >> 16u)) * 0x85ebca6bu;
hash = (hash ^ (hash >> 13u)) * 0xc2b2ae35u;
let uniform_value = f32((hash ^ (hash >> 16u)) >> 8u) / 16777216.0;
store(word, select(0.0, load(word) * ${float(1 / (1 - op.rate))}, uniform_value >= ${float(op.rate)}));`,
    addressFunction('at_x', x),
  );
}

/** Runs `body`, which sees `word` of the weight and `e` of the packed slice, over a slice. */
function overSlice(plan: KernelPlan, weight: number, inputs: Range, outputs: Range, body: string): Kernel {
  const { positions } = matrixOf(plan, weight);
  const columns = lengthOf(outputs);
  return forEach(
    fixed(positions * lengthOf(inputs) * columns),
    `let word = weight_word(e / ${columns}u, e % ${columns}u);\n${body}`,
    sliceAddress(plan, 'weight_word', weight, inputs, outputs),
  );
}

export function applyAccumulator(plan: KernelPlan, op: OpOf<'applyAccumulator'>): Kernel {
  const accumulator = wordOf(plan, op.accumulator);
  return overSlice(
    plan,
    op.weight,
    op.inputs,
    op.outputs,
    `store(word, load(word) - args.learning_rate * load(${accumulator}u + e)); store(${accumulator}u + e, 0.0);`,
  );
}

export function applyMomentum(plan: KernelPlan, op: OpOf<'applyMomentum'>): Kernel {
  return overSlice(
    plan,
    op.weight,
    op.inputs,
    op.outputs,
    `store(word, load(word) - args.learning_rate * load(${wordOf(plan, op.accumulator)}u + e));`,
  );
}

export function scaleMomentum(plan: KernelPlan, op: OpOf<'scaleMomentum'>): Kernel {
  const accumulator = wordOf(plan, op.accumulator);
  return overSlice(
    plan,
    op.weight,
    op.inputs,
    op.outputs,
    `let w = load(word); store(${accumulator}u + e, ${float(op.momentum)} * load(${accumulator}u + e) + ${pull(plan, op)});`,
  );
}

/** WGSL: what weight decay and FedProx add to the gradient of `w`. */
function pull(
  plan: KernelPlan,
  { decay, base, proximal }: { decay: number; base: number | null; proximal: number },
): string {
  const towardsBase = base === null ? '' : ` + ${float(proximal)} * (w - load(${wordOf(plan, base)}u + e))`;
  return `(${float(decay)} * w${towardsBase})`;
}

export function decayWeight(plan: KernelPlan, op: OpOf<'decayWeight'>): Kernel {
  const share = op.perMicroBatch ? 'f32(args.count) * args.scale' : '1.0';
  return overSlice(
    plan,
    op.weight,
    op.inputs,
    op.outputs,
    `let w = load(word); store(word, w - args.learning_rate * ${share} * ${pull(plan, op)});`,
  );
}

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
