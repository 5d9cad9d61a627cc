// The slow, obvious trainer: interprets a plan in float64, at the plan's own offsets. The oracle of all others.

import { checkBatch, classesOf, forEachMicroBatch, stageInputs } from '../batching.ts';
import { addToSketch, SKETCH_SUMS } from '../countSketch.ts';
import { parametersOf } from '../model.ts';
import type { Op, ProgramIo, TrainingPlan } from '../plan.ts';
import type { Batch, Trainer } from '../trainer.ts';
import { runReferenceOp, type Dynamic, type ReferenceMemory } from './referenceOps.ts';

/** A trainer that computes in float64; parameters start at zero. Meant for tests: hundreds of times slower than WASM. */
export function createReferenceTrainer(plan: TrainingPlan): Trainer {
  let memory: ReferenceMemory | null = {
    tensors: plan.tensors,
    floats: new Float64Array(Math.ceil(plan.arenaBytes / 4)),
    bytes: new Uint8Array(plan.arenaBytes),
  };
  const transfer = new Uint8Array(plan.transferBytes);
  const parameters = parametersOf(plan.model);
  let samples = 0;

  function live(): ReferenceMemory {
    if (!memory) throw new TypeError('this trainer has been disposed of');
    return memory;
  }
  function floatsOf(id: number): Float64Array {
    const { offset, size } = plan.tensors[id]!;
    return live().floats.subarray(offset / 4, offset / 4 + size);
  }
  function run(ops: readonly Op[], dynamic: Dynamic): void {
    for (const op of ops) runReferenceOp(live(), op, dynamic);
  }
  function stage(io: ProgramIo, batch: Batch, from: number, count: number): void {
    const input = plan.tensors[io.input]!;
    stageInputs(floatsOf(io.input), input.layout!, batch, from, count);
    if (io.labels >= 0)
      live().bytes.set(batch.labels.subarray(from, from + count), plan.tensors[io.labels]!.offset);
  }
  function trainedPairs(): { weight: Float64Array; base: Float64Array }[] {
    return plan.scheme.entries.map((entry, index) => ({
      weight: floatsOf(
        plan.parameterIds[parameters.findIndex((parameter) => parameter.name === entry.tensor)]!,
      ),
      base: floatsOf(plan.baseIds[index]!),
    }));
  }

  return {
    plan,
    backend: 'reference',
    allocatedBytes: plan.arenaBytes,
    load(indices, values) {
      live();
      indices.forEach((index, i) => {
        const target = floatsOf(plan.parameterIds[index]!);
        if (values[i]!.length !== target.length)
          throw new RangeError(
            `values of "${parameters[index]!.name}" must have ${target.length} elements, got ${values[i]!.length}`,
          );
        target.set(values[i]!);
      });
    },
    async read() {
      return plan.parameterIds.map((id) => Float32Array.from(floatsOf(id)));
    },
    transferBuffer() {
      live();
      return transfer;
    },
    beginUpdate() {
      for (const { weight, base } of trainedPairs()) base.set(weight);
    },
    step(batch, learningRate) {
      live();
      if (plan.programs.train.length === 0) throw new TypeError('a plan with an empty scheme cannot train');
      checkBatch(plan, batch);
      const scale = 1 / batch.count;
      forEachMicroBatch(plan, batch.count, (from, count) => {
        stage(plan.io.train, batch, from, count);
        run(plan.programs.train, { count, scale, learningRate });
      });
      run(plan.programs.apply, { count: batch.count, scale, learningRate });
      samples += batch.count;
    },
    async sketchUpdate() {
      const sums = new Float32Array(SKETCH_SUMS);
      let first = 0;
      for (const { weight, base } of trainedPairs()) {
        addToSketch(sums, weight, base, first);
        first += weight.length;
      }
      return sums;
    },
    async finishUpdate() {
      const pairs = trainedPairs();
      const delta = new Float32Array(pairs.reduce((sum, { weight }) => sum + weight.length, 0));
      let end = 0;
      for (const { weight, base } of pairs) {
        weight.forEach((value, index) => {
          delta[end + index] = value - base[index]!;
        });
        end += weight.length;
      }
      return delta;
    },
    evaluate(batch) {
      live();
      checkBatch(plan, batch);
      forEachMicroBatch(plan, batch.count, (from, count) => {
        stage(plan.io.evaluate, batch, from, count);
        run(plan.programs.evaluate, { count, scale: 1 / batch.count, learningRate: 0 });
      });
      samples += batch.count;
    },
    async predict(batch) {
      live();
      checkBatch(plan, batch, false);
      const classes = classesOf(plan);
      const probabilities = new Float32Array(batch.count * classes);
      forEachMicroBatch(plan, batch.count, (from, count) => {
        stage(plan.io.predict, batch, from, count);
        run(plan.programs.predict, { count, scale: 1 / batch.count, learningRate: 0 });
        probabilities.set(floatsOf(plan.io.predict.logits).subarray(0, count * classes), from * classes);
      });
      return probabilities;
    },
    async takeMetrics() {
      const metrics = plan.tensors[plan.metricsId]!.offset / 4;
      const { floats } = live();
      const taken = { samples, lossSum: floats[metrics]!, correct: floats[metrics + 2]! };
      floats[metrics] = 0;
      floats[metrics + 2] = 0;
      samples = 0;
      return taken;
    },
    dispose() {
      memory = null;
    },
  };
}
