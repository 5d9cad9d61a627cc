// Dense layers: x [count, inputs] * weight [inputs, units].

import type { DenseOp } from './op.ts';
import { activateFunction } from '../../webgpu/kernels/activation.ts';
import { imageOf, wordOf, type Kernel, type KernelPlan } from '../../webgpu/kernels/kernel.ts';
import { multiply } from '../../webgpu/kernels/multiply.ts';
import { weightOf } from '../../webgpu/kernels/weight.ts';

export const identity = (k: string): string => k;

export function dense(plan: KernelPlan, op: DenseOp): Kernel {
  const [x, y] = [imageOf(plan, op.x), imageOf(plan, op.y)];
  const [inputs, units] = [x.features, y.features];
  const weight = weightOf(plan, op.weight);
  const [first, end] = op.outputs ?? [0, units];
  const columns = end - first;
  return multiply(plan, {
    rows: { code: 'args.count', of: (count) => count },
    columns,
    mostRows: plan.microBatch,
    depth: inputs,
    loops: [{ times: `${inputs}u`, a: identity, b: (k) => `${k} * ${columns}u` }],
    loadB: (place) => `weight(${place})`,
    perColumn: (n) => `load(${wordOf(plan, op.bias) + first}u + ${n})`,
    sliced: 0,
    declarations: `${weight.functions}${activateFunction(op.activation)}
fn row_start(m: u32) -> u32 { return ${x.start()} + m * ${inputs}u; }
fn column_start(n: u32) -> u32 { return ${weight.start}u + n; }
fn result_start(m: u32) -> u32 { return ${y.start(first)} + m * ${units}u; }
fn finish(start: u32, n: u32, sum: f32, bias: f32) { store(start + n, activate(scaled(sum, n) + bias)); }
`,
  });
}
