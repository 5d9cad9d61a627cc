// The three losses with their gradients, and softmax: one workgroup over all samples of the micro-batch.
// Metrics are four words of the arena: float32 loss sum, its rounding error, u32 hits, and one that is not used.

import { imageOf, kernel, wordOf, type Kernel, type KernelPlan, type OpOf } from './kernel.ts';
import { forEach } from './kernel.ts';
import { float } from './pool.ts';

const LANES = 64;

/** `sample(n)` gives loss and hit of sample n as `vec2f` and writes its gradient. */
function overSamples(plan: KernelPlan, metrics: number, declarations: string): Kernel {
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

/** Lets `first`, `top` and `sum` of the row of sample n. */
function softmaxRow(start: string, classes: number): string {
  return `let first = ${start} + n * ${classes}u;
  var top = load(first); var winner = 0u;
  for (var k = 1u; k < ${classes}u; k++) { let v = load(first + k); if (v > top) { top = v; winner = k; } }
  var sum = 0.0;
  for (var k = 0u; k < ${classes}u; k++) { sum += exp(load(first + k) - top); }`;
}

export function softmaxCrossEntropy(plan: KernelPlan, op: OpOf<'softmaxCrossEntropy'>): Kernel {
  const { start, features: classes } = imageOf(plan, op.logits);
  return overSamples(
    plan,
    op.metrics,
    `fn sample(n: u32) -> vec2f {
  ${softmaxRow(start(), classes)}
  let label = load_byte(${wordOf(plan, op.labels)}u, n);
  let loss = log(sum) - (load(first + label) - top);
  ${
    op.gradient
      ? `for (var k = 0u; k < ${classes}u; k++) {
    let p = exp(load(first + k) - top) / sum;
    store(first + k, (p - select(0.0, 1.0, k == label)) * args.scale);
  }`
      : ''
  }
  return vec2f(loss, select(0.0, 1.0, winner == label));
}`,
  );
}

export function softmax(plan: KernelPlan, op: OpOf<'softmax'>): Kernel {
  const { start, features: classes } = imageOf(plan, op.logits);
  return forEach(
    { code: 'args.count', of: (count) => count },
    `let n = e;
  ${softmaxRow(start(), classes)}
  _ = winner;
  for (var k = 0u; k < ${classes}u; k++) { store(first + k, exp(load(first + k) - top) / sum); }`,
  );
}

/** log(1 + exp(-|z|)) without the loss of small values. */
export function binaryCrossEntropy(plan: KernelPlan, op: OpOf<'binaryCrossEntropy'>): Kernel {
  const { start, features: outputs } = imageOf(plan, op.logits);
  return overSamples(
    plan,
    op.metrics,
    `fn sample(n: u32) -> vec2f {
  var loss = 0.0; var hit = 1.0;
  for (var k = 0u; k < ${outputs}u; k++) {
    let word = ${start()} + n * ${outputs}u + k;
    let z = load(word); let t = load(${wordOf(plan, op.targets)}u + n * ${outputs}u + k);
    let small = exp(-abs(z));
    loss += max(z, 0.0) - z * t + select(log(1.0 + small), small, small < 1e-4);
    if ((z > 0.0) != (t > 0.5)) { hit = 0.0; }
    ${op.gradient ? `store(word, (select(small, 1.0, z >= 0.0) / (1.0 + small) - t) * args.scale * ${float(1 / outputs)});` : ''}
  }
  return vec2f(loss * ${float(1 / outputs)}, hit);
}`,
  );
}

export function meanSquaredError(plan: KernelPlan, op: OpOf<'meanSquaredError'>): Kernel {
  const { start, features: outputs } = imageOf(plan, op.logits);
  return overSamples(
    plan,
    op.metrics,
    `fn sample(n: u32) -> vec2f {
  var loss = 0.0;
  for (var k = 0u; k < ${outputs}u; k++) {
    let word = ${start()} + n * ${outputs}u + k;
    let error = load(word) - load(${wordOf(plan, op.targets)}u + n * ${outputs}u + k);
    loss += error * error;
    ${op.gradient ? `store(word, 2.0 * error * args.scale * ${float(1 / outputs)});` : ''}
  }
  return vec2f(loss * ${float(1 / outputs)}, 0.0);
}`,
  );
}
