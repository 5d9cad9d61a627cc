// The slow, obvious trainer: interprets a plan in float64, at the plan's own offsets. The oracle of all others.

import { checkBatch, forEachMicroBatch, outputsOf, stageInputs, stageLabels } from '../batching.ts';
import { addToSketch, SKETCH_SUMS } from '../countSketch.ts';
import { createApartTransfer } from '../apartTransfer.ts';
import { heldSlices } from '../heldSlices.ts';
import { loadThrough, readThrough } from '../parameterTransfer.ts';
import type { Op } from '../ops/ops.ts';
import type { ProgramIo, TrainingPlan } from '../plan.ts';
import type { Stretch } from '../scheme.ts';
import type { Batch, Trainer } from '../trainer.ts';
import type { Dynamic, ReferenceArena } from './memory.ts';
import { runReferenceOp } from './runReferenceOp.ts';

/** A trainer that computes in float64; parameters start at zero. Meant for tests: hundreds of times slower than WASM. */
export function createReferenceTrainer(plan: TrainingPlan): Trainer {
  let memory: ReferenceArena | null = {
    tensors: plan.tensors,
    floats: new Float64Array(Math.ceil(plan.arenaBytes / 4)),
    bytes: new Uint8Array(plan.arenaBytes),
  };
  const transfer = new Uint8Array(plan.transferBytes);
  const trained = heldSlices(plan);
  const apart = plan.split ? createApartTransfer(plan) : null;
  let samples = 0;

  function live(): ReferenceArena {
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
    stageInputs(floatsOf(io.input), plan.tensors[io.input]!.layout!, batch, from, count);
    if (io.labels < 0) return;
    const { offset } = plan.tensors[io.labels]!;
    stageLabels(plan, batch, from, count, live().bytes.subarray(offset), floatsOf(io.labels));
  }
  function trainedPairs(): { weight: Float64Array; base: Float64Array; stretches: readonly Stretch[] }[] {
    return trained.map(({ weight, base, stretches }) => ({
      weight: floatsOf(weight),
      base: floatsOf(base),
      stretches,
    }));
  }
  return {
    plan,
    backend: 'reference',
    allocatedBytes: plan.arenaBytes,
    ...loadThrough(
      plan,
      (tensor, block, at) => {
        if (tensor.elementType === 'float32')
          floatsOf(tensor.id).set(new Float32Array(block.slice().buffer), at / 4);
        else live().bytes.set(block, tensor.offset + at);
      },
      apart,
    ),
    async read(indices = plan.parameterIds.keys()) {
      return readThrough(
        plan,
        indices,
        ({ id, offset, bytes, elementType }) =>
          elementType === 'float32'
            ? new Uint8Array(Float32Array.from(floatsOf(id)).buffer)
            : live().bytes.subarray(offset, offset + bytes),
        apart,
      );
    },
    transferBuffer() {
      live();
      return transfer;
    },
    beginUpdate(carried) {
      let first = 0;
      for (const pair of trainedPairs()) {
        pair.base.set(sliceOf(pair));
        let packed = first;
        for (const { start, length } of carried ? pair.stretches : [])
          for (let i = start; i < start + length; i++) pair.weight[i] = pair.weight[i]! + carried![packed++]!;
        first += pair.base.length;
      }
      for (const tensor of plan.tensors) if (tensor.role === 'accumulator') floatsOf(tensor.id).fill(0);
    },
    step(batch, learningRate, seed = 0) {
      live();
      if (plan.programs.train.length === 0) throw new TypeError('a plan with an empty scheme cannot train');
      checkBatch(plan, batch);
      const scale = 1 / batch.count;
      const whole = { count: batch.count, scale, learningRate, from: 0, seed };
      run(plan.programs.begin, whole);
      forEachMicroBatch(plan, batch.count, (from, count) => {
        stage(plan.io.train, batch, from, count);
        run(plan.programs.train, { ...whole, count, from });
      });
      run(plan.programs.apply, whole);
      samples += batch.count;
    },
    async sketchUpdate() {
      const sums = new Float32Array(SKETCH_SUMS);
      let first = 0;
      for (const pair of trainedPairs()) {
        addToSketch(sums, sliceOf(pair), pair.base, first);
        first += pair.base.length;
      }
      return sums;
    },
    async finishUpdate() {
      const pairs = trainedPairs();
      return Float32Array.from(
        pairs.flatMap((pair) => Array.from(sliceOf(pair), (value, index) => value - pair.base[index]!)),
      );
    },
    abandonUpdate() {
      for (const { weight, base, stretches } of trainedPairs()) {
        let packed = 0;
        for (const { start, length } of stretches) {
          weight.set(base.subarray(packed, packed + length), start);
          packed += length;
        }
      }
    },
    evaluate(batch) {
      live();
      checkBatch(plan, batch);
      forEachMicroBatch(plan, batch.count, (from, count) => {
        stage(plan.io.evaluate, batch, from, count);
        run(plan.programs.evaluate, { count, scale: 1 / batch.count, learningRate: 0, from, seed: 0 });
      });
      samples += batch.count;
    },
    async predict(batch) {
      live();
      checkBatch(plan, batch, false);
      const outputs = outputsOf(plan);
      const probabilities = new Float32Array(batch.count * outputs);
      forEachMicroBatch(plan, batch.count, (from, count) => {
        stage(plan.io.predict, batch, from, count);
        run(plan.programs.predict, { count, scale: 1 / batch.count, learningRate: 0, from, seed: 0 });
        probabilities.set(floatsOf(plan.io.predict.logits).subarray(0, count * outputs), from * outputs);
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

/** The trained slice of a weight, packed. */
function sliceOf({
  weight,
  stretches,
}: {
  weight: Float64Array;
  stretches: readonly Stretch[];
}): Float64Array {
  return Float64Array.from(
    stretches.flatMap(({ start, length }) => [...weight.subarray(start, start + length)]),
  );
}
