// Dense layers: x [count, inputs] * weight [inputs, units], and its two gradients.

import { activateFunction } from './activation.ts';
import { fixed, imageOf, wordOf, type Kernel, type KernelPlan, type OpOf } from './kernel.ts';
import { multiply } from './multiply.ts';
import { lengthOf } from '../../scheme.ts';
import { descendFunction } from './target.ts';
import { weightOf } from './weight.ts';

const identity = (k: string): string => k;

export function dense(plan: KernelPlan, op: OpOf<'dense'>): Kernel {
  const [x, y] = [imageOf(plan, op.x), imageOf(plan, op.y)];
  const [inputs, units] = [x.features, y.features];
  const weight = weightOf(plan, op.weight);
  return multiply(plan, {
    rows: { code: 'args.count', of: (count) => count },
    columns: units,
    mostRows: plan.microBatch,
    depth: inputs,
    loops: [{ times: `${inputs}u`, a: identity, b: (k) => `${k} * ${units}u` }],
    loadB: (place) => `weight(${place})`,
    perColumn: (n) => `load(${wordOf(plan, op.bias)}u + ${n})`,
    sliced: 0,
    declarations: `${weight.functions}${activateFunction(op.activation)}
fn row_start(m: u32) -> u32 { return ${x.start()} + m * ${inputs}u; }
fn column_start(n: u32) -> u32 { return ${weight.start}u + n; }
fn result_start(m: u32) -> u32 { return ${y.start()} + m * ${units}u; }
fn finish(start: u32, n: u32, sum: f32, bias: f32) { store(start + n, activate(scaled(sum, n) + bias)); }
`,
  });
}

/** dx [count, inputs] = dy [count, units] * transposed weight. */
export function denseInputGrad(plan: KernelPlan, op: OpOf<'denseInputGrad'>): Kernel {
  const [dy, dx] = [imageOf(plan, op.dy), imageOf(plan, op.dx)];
  const [inputs, units] = [dx.features, dy.features];
  const weight = weightOf(plan, op.weight);
  return multiply(plan, {
    rows: { code: 'args.count', of: (count) => count },
    columns: inputs,
    mostRows: plan.microBatch,
    depth: units,
    loops: [{ times: `${units}u`, a: identity, b: identity }],
    loadA: (place, unit) => `scaled(load(${place}), ${unit})`,
    loadB: (place) => `weight(${place})`,
    sliced: 0,
    declarations: `${weight.functions}
fn row_start(m: u32) -> u32 { return ${dy.start()} + m * ${units}u; }
fn column_start(n: u32) -> u32 { return ${weight.start}u + n * ${units}u; }
fn result_start(m: u32) -> u32 { return ${dx.start()} + m * ${inputs}u; }
fn finish(start: u32, n: u32, sum: f32, column: f32) { store(start + n, sum); }
`,
  });
}

/** Sum over the samples of transposed x * dy, for the slice. */
export function denseWeightGrad(plan: KernelPlan, op: OpOf<'denseWeightGrad'>): Kernel {
  const [x, dy] = [imageOf(plan, op.x), imageOf(plan, op.dy)];
  const { inputs, outputs } = op.target;
  return multiply(plan, {
    rows: fixed(lengthOf(inputs)),
    columns: lengthOf(outputs),
    mostRows: lengthOf(inputs),
    depth: plan.microBatch,
    loops: [{ times: 'args.count', a: (k) => `${k} * ${x.features}u`, b: (k) => `${k} * ${dy.features}u` }],
    sliced: 0,
    declarations: `${descendFunction(plan, op.target)}
fn row_start(m: u32) -> u32 { return ${x.start(inputs[0])} + m; }
fn column_start(n: u32) -> u32 { return ${dy.start(outputs[0])} + n; }
fn result_start(m: u32) -> u32 { return descend_word(m, 0u); }
fn finish(start: u32, n: u32, sum: f32, column: f32) { descend_at(start + n, sum); }
`,
  });
}
