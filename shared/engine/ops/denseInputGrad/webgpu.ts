// Input gradients of dense layers.

import type { DenseInputGradOp } from './op.ts';
import { imageOf, type Kernel, type KernelPlan } from '../../webgpu/kernels/kernel.ts';
import { multiply } from '../../webgpu/kernels/multiply.ts';
import { weightOf } from '../../webgpu/kernels/weight.ts';
import { identity } from '../dense/webgpu.ts';

/** dx [count, inputs] = dy [count, units] * transposed weight. */
export function denseInputGrad(plan: KernelPlan, op: DenseInputGradOp): Kernel {
  const [dy, dx] = [imageOf(plan, op.dy), imageOf(plan, op.dx)];
  const [inputs, units] = [dx.features, dy.features];
  const weight = weightOf(plan, op.weight);
  const [first, end] = op.outputs ?? [0, units];
  const columns = end - first;
  return multiply(plan, {
    rows: { code: 'args.count', of: (count) => count },
    columns: inputs,
    mostRows: plan.microBatch,
    depth: columns,
    loops: [{ times: `${columns}u`, a: identity, b: identity }],
    loadA: (place, unit) => `scaled(load(${place}), ${unit})`,
    loadB: (place) => `weight(${place})`,
    sliced: 0,
    declarations: `${weight.functions}
fn row_start(m: u32) -> u32 { return ${dy.start(first)} + m * ${units}u; }
fn column_start(n: u32) -> u32 { return ${weight.start}u + n * ${columns}u; }
fn result_start(m: u32) -> u32 { return ${dx.start()} + m * ${inputs}u; }
fn finish(start: u32, n: u32, sum: f32, column: f32) { store(start + n, ${op.outputs ? 'load(start + n) + sum' : 'sum'}); }
`,
  });
}
