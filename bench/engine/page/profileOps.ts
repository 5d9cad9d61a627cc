// Where a training step's time goes: every op of a plan's train program timed by itself, over the plan's own arena.

import { createRandom } from '../../../shared/random.ts';
import { flopsOf } from '../../../shared/engine/flops.ts';
import type { Op } from '../../../shared/engine/ops/ops.ts';
import type { TrainingPlan } from '../../../shared/engine/plan.ts';
import { emitModule } from '../../../shared/engine/wasm/code/emitModule.ts';
import { emitOp } from '../../../shared/engine/wasm/kernels/emitOp.ts';
import type { ProgramFunction } from '../../../shared/engine/wasm/code/emitModule.ts';
import { lanesOf } from '../../../shared/engine/wasm/code/lanesOf.ts';
import type { Variant } from '../../../shared/engine/wasm/code/lanes.ts';
import type { OpRow } from '../engineResult.ts';

const ROUNDS = 9;
/** An op is repeated for about this long at a time. */
const TURN_MS = 2;

/** What an op reads and writes, named by its tensors and geometry. */
function describe(op: Op, { tensors }: TrainingPlan): string {
  const ids = ['x', 'dy', 'y', 'dx', 'logits', 'accumulator'] as const;
  const named = op as unknown as Readonly<Partial<Record<(typeof ids)[number], number>>>;
  const shapes = ids.flatMap((name) => {
    const layout = named[name] === undefined ? null : tensors[named[name]]!.layout;
    return layout ? [`${name} ${layout.height}x${layout.width}x${layout.channels}`] : [];
  });
  if (!('geometry' in op) || !('kernelHeight' in op.geometry)) return shapes.join(', ');
  const { kernelHeight, kernelWidth, stride, groups } = op.geometry;
  const form = groups > 1 ? (groups === op.geometry.inputChannels ? ' depthwise' : ` groups ${groups}`) : '';
  return `${kernelHeight}x${kernelWidth}/${stride}${form}, ${shapes.join(', ')}`;
}

/** Milliseconds of each op of one micro-batch, the fastest of some rounds, in the program's order. */
export function profileOps(plan: TrainingPlan, variant: Variant): OpRow[] {
  const memory = new WebAssembly.Memory({ initial: plan.pages, maximum: plan.pages });
  const module = new WebAssembly.Module(emitModule(plan, lanesOf(variant), emitOp, { exportsOps: true }));
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const random = createRandom(1);
  // Random content everywhere but in the bytes of labels and argmaxes, which must stay small. Values around 1, put back before
  // each turn: what works in place, over and over, would soon shrink others to subnormals, which cost a hundred times as much.
  for (const { elementType, offset, size } of plan.tensors)
    if (elementType === 'float32')
      new Float32Array(memory.buffer, offset, size).forEach((_, i, values) => {
        values[i] = random.uniform() + 0.5;
      });
  for (const { elementType, offset, size } of plan.tensors)
    if (elementType === 'uint8') new Uint8Array(memory.buffer, offset, size).fill(0);
  const arena = new Uint8Array(memory.buffer);
  const fresh = arena.slice();
  const runs = plan.programs.train.map((_, index) => exports[`train.${index}`] as ProgramFunction);
  const times = runs.map(() => Infinity);
  const runOnce = (run: ProgramFunction) => run(plan.microBatch, 1 / plan.batch, 0, 0, 1);
  for (let round = 0; round < ROUNDS; round++)
    for (const [index, run] of runs.entries()) {
      arena.set(fresh);
      const from = performance.now();
      let calls = 0;
      do {
        runOnce(run);
        calls++;
      } while (performance.now() - from < TURN_MS);
      times[index] = Math.min(times[index]!, (performance.now() - from) / calls);
    }
  return plan.programs.train.map((op, index) => ({
    model: plan.model.id,
    backend: variant,
    op: op.kind,
    shape: describe(op, plan),
    ms: times[index]!,
    gflops: flopsOf([op], plan.tensors, plan.microBatch) / times[index]! / 1e6,
  }));
}
