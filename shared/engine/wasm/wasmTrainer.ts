// The trainer that runs a plan's WebAssembly module inside one memory of exactly the plan's size.
// Knows nothing of kernels. Compiles synchronously: in browsers it belongs in a Worker.

import { checkBatch, classesOf, forEachMicroBatch, stageInputs } from '../batching.ts';
import { addToSketch, SKETCH_SUMS } from '../countSketch.ts';
import { parametersOf } from '../model.ts';
import type { ProgramIo, TrainingPlan } from '../plan.ts';
import { schemeTensors } from '../scheme.ts';
import type { Batch, Trainer } from '../trainer.ts';
import { detectVariant } from './detectVariant.ts';
import { emitModule } from './emitModule.ts';
import type { ModuleExports } from './emitModule.ts';
import type { Variant } from './lanes.ts';

/** What is gone after `dispose`. Views never detach: the memory cannot grow. */
interface Arena {
  readonly buffer: ArrayBuffer;
  readonly exports: ModuleExports;
}

function openArena(plan: TrainingPlan, variant: Variant): Arena {
  const memory = new WebAssembly.Memory({ initial: plan.pages, maximum: plan.pages });
  const module = new WebAssembly.Module(emitModule(plan, variant));
  const instance = new WebAssembly.Instance(module, { env: { memory } });
  return { buffer: memory.buffer, exports: instance.exports as unknown as ModuleExports };
}

/**
 * A trainer for the plan; parameters start at zero. `variant` must be one that `canRun`.
 * Throws WebAssembly.CompileError where it is not, RangeError where the memory cannot be had.
 */
export function createWasmTrainer(plan: TrainingPlan, variant: Variant = detectVariant()): Trainer {
  let arena: Arena | null = openArena(plan, variant);
  const allocatedBytes = arena.buffer.byteLength;
  const parameters = parametersOf(plan.model);
  /** Arena ids of each trained tensor and of its base copy. */
  const trained = schemeTensors(plan.model, plan.scheme).map((parameter, entry) => ({
    weight: plan.parameterIds[parameter]!,
    base: plan.baseIds[entry]!,
  }));
  const accumulators = plan.tensors.filter(({ role }) => role === 'accumulator').map(({ id }) => id);
  let samples = 0;

  function live(): Arena {
    if (arena === null) throw new TypeError('this trainer has been disposed of');
    return arena;
  }
  function floatsOf(id: number): Float32Array<ArrayBuffer> {
    const { offset, size } = plan.tensors[id]!;
    return new Float32Array(live().buffer, offset, size);
  }
  function stage(io: ProgramIo, batch: Batch, from: number, count: number): void {
    stageInputs(floatsOf(io.input), plan.tensors[io.input]!.layout!, batch, from, count);
    if (io.labels < 0) return;
    const { offset } = plan.tensors[io.labels]!;
    new Uint8Array(live().buffer, offset, count).set(batch.labels.subarray(from, from + count));
  }

  return {
    plan,
    backend: `wasm-${variant}`,
    allocatedBytes,
    load(indices, values) {
      live();
      for (const [i, index] of indices.entries()) {
        const { name, size } = parameters[index]!;
        if (values[i]?.length !== size)
          throw new RangeError(`values of "${name}" must have ${size} elements, got ${values[i]?.length}`);
      }
      for (const [i, index] of indices.entries()) floatsOf(plan.parameterIds[index]!).set(values[i]!);
    },
    async read() {
      return plan.parameterIds.map((id) => floatsOf(id).slice());
    },
    transferBuffer() {
      return new Uint8Array(live().buffer, plan.transferOffset, plan.transferBytes);
    },
    beginUpdate() {
      live();
      for (const { weight, base } of trained) floatsOf(base).set(floatsOf(weight));
      // A message may have lain where they are.
      for (const id of accumulators) floatsOf(id).fill(0);
    },
    step(batch, learningRate) {
      const { exports } = live();
      if (trained.length === 0) throw new TypeError('a plan with an empty scheme cannot train');
      checkBatch(plan, batch);
      const scale = 1 / batch.count;
      forEachMicroBatch(plan, batch.count, (from, count) => {
        stage(plan.io.train, batch, from, count);
        exports.train(count, scale, learningRate);
      });
      exports.apply(batch.count, scale, learningRate);
      samples += batch.count;
    },
    async sketchUpdate() {
      const sums = new Float32Array(SKETCH_SUMS);
      let first = 0;
      for (const { weight, base } of trained) {
        addToSketch(sums, floatsOf(weight), floatsOf(base), first);
        first += plan.tensors[weight]!.size;
      }
      return sums;
    },
    async finishUpdate() {
      for (const ids of trained) {
        const weight = floatsOf(ids.weight);
        const base = floatsOf(ids.base);
        for (let i = 0; i < base.length; i++) base[i] = weight[i]! - base[i]!;
      }
      const size = trained.reduce((sum, { base }) => sum + plan.tensors[base]!.size, 0);
      const first = trained[0];
      return new Float32Array(live().buffer, first ? plan.tensors[first.base]!.offset : 0, size);
    },
    evaluate(batch) {
      const { exports } = live();
      checkBatch(plan, batch);
      forEachMicroBatch(plan, batch.count, (from, count) => {
        stage(plan.io.evaluate, batch, from, count);
        exports.evaluate(count, 1, 0);
      });
      samples += batch.count;
    },
    async predict(batch) {
      const { exports } = live();
      checkBatch(plan, batch, false);
      const classes = classesOf(plan);
      const probabilities = new Float32Array(batch.count * classes);
      forEachMicroBatch(plan, batch.count, (from, count) => {
        stage(plan.io.predict, batch, from, count);
        exports.predict(count, 1, 0);
        probabilities.set(floatsOf(plan.io.predict.logits).subarray(0, count * classes), from * classes);
      });
      return probabilities;
    },
    async takeMetrics() {
      const { offset } = plan.tensors[plan.metricsId]!;
      const metrics = new Float64Array(live().buffer, offset, 2);
      const taken = { samples, lossSum: metrics[0]!, correct: metrics[1]! };
      metrics.fill(0);
      samples = 0;
      return taken;
    },
    dispose() {
      arena = null;
    },
  };
}
