// The trainer that runs a plan as WGSL kernels inside one storage buffer with the plan's own layout.
// Knows nothing of kernels. The device is the caller's and may serve several trainers one after another.

import { checkBatch, outputsOf, forEachMicroBatch, stageInputs } from '../batching.ts';
import { addToSketch, SKETCH_SUMS } from '../countSketch.ts';
import { BackendError } from '../errors.ts';
import { createApartTransfer } from '../apartTransfer.ts';
import type { ArenaTensor } from '../tensors.ts';
import { heldSlices, heldTensors } from '../heldSlices.ts';
import { loadThrough, readThrough } from '../parameterTransfer.ts';
import type { Op } from '../ops/ops.ts';
import type { ProgramIo, TrainingPlan } from '../plan.ts';
import type { Batch, Trainer } from '../trainer.ts';
import { baseKernel, type BaseStep } from './kernels/baseKernel.ts';
import { kernelOf } from './kernels/kernelOf.ts';
import { BUFFER_USAGE, createPipelines, type Dispatch } from './pipelines.ts';
import { watchDevice } from './deviceWatch.ts';
import { createWorkQueue, type Staged } from './workQueue.ts';

/** What is gone after `dispose`. */
interface Arena {
  readonly buffer: GPUBuffer;
}

/**
 * A trainer for the plan; parameters start at zero. `step`, `evaluate`, `load` and `beginUpdate` enqueue; nothing is read
 * back before a method that returns a promise. Outside of `allocatedBytes`: an upload ring of at most 1 MiB (or two
 * slots), the buffer that `transferBuffer` and `finishUpdate` show, which lies in the JavaScript heap (a GPU's memory
 * cannot be seen from there), and what the driver keeps.
 * `isSoftware` chooses the tiles of kernels that a CPU computes.
 * Rejects with RangeError where the plan is too large for the device or has an op that is not on WebGPU, BackendError
 * where the device refuses. All methods throw or reject with BackendError once the device is lost.
 */
export async function createWebGpuTrainer(
  plan: TrainingPlan,
  device: GPUDevice,
  isSoftware = isSoftwareAdapter(device),
): Promise<Trainer> {
  const size = Math.ceil(plan.arenaBytes / 4) * 4;
  const most = Math.min(device.limits.maxBufferSize, device.limits.maxStorageBufferBindingSize);
  if (size > most)
    throw new RangeError(
      `model "${plan.model.id}": its arena must be at most ${most} bytes on this GPU, got ${size}`,
    );
  const kernelPlan = { ...plan, isSoftware };
  const kernelsOf = (ops: readonly Op[]) => ops.map((op) => kernelOf(kernelPlan, op));
  const slices = heldSlices(plan);
  const evaluateKernels = kernelsOf(plan.programs.evaluate);
  const predictKernels = kernelsOf(plan.programs.predict);

  const watch = watchDevice(device);
  let arena: Arena | null = null;
  function expectAlive(): void {
    if (!arena) throw new TypeError('this trainer has been disposed of');
    watch.expectAlive();
  }

  device.pushErrorScope('out-of-memory');
  const buffer = device.createBuffer({
    label: `arena of ${plan.model.id}`,
    size,
    usage: BUFFER_USAGE.storage | BUFFER_USAGE.copySource | BUFFER_USAGE.copyTarget,
  });
  arena = { buffer };
  const outOfMemory = device.popErrorScope();
  const pipelines = createPipelines(device, size / 4);
  const queue = createWorkQueue(device, pipelines, buffer, mostStagedBytes(plan), {
    ...watch,
    expectAlive,
  });
  const compile = (ops: readonly Op[]) => pipelines.compile(kernelsOf(ops));
  const baseKernels = (step: BaseStep) => slices.map((slice) => baseKernel(kernelPlan, slice, step));
  const compiled = Promise.all([
    compile(plan.programs.begin),
    compile(plan.programs.train),
    compile(plan.programs.apply),
    pipelines.compile(baseKernels('note')),
    pipelines.compile(baseKernels('difference')),
  ]);
  let programs;
  try {
    const [error, [begin, train, apply, noteBase, takeDifference]] = await watch.whileAlive(
      Promise.all([outOfMemory, compiled]),
    );
    if (error) throw new Error(error.message);
    programs = { begin, train, apply, noteBase, takeDifference };
  } catch (error) {
    watch.end();
    buffer.destroy();
    queue.dispose();
    throw new BackendError('webgpu', (error as Error).message);
  }
  const { begin, train, apply, noteBase, takeDifference } = programs;
  let evaluateProgram: Dispatch[] | null = null;
  let predictProgram: Dispatch[] | null = null;

  const apart = plan.split ? createApartTransfer(plan) : null;
  const accumulators = plan.tensors.filter(({ role }) => role === 'accumulator');
  const transfer = new Uint8Array(plan.transferBytes);
  const staging = new Uint8Array(mostStagedBytes(plan));
  let samples = 0;

  function rangeOf(id: number): { offset: number; bytes: number } {
    const { offset, size } = plan.tensors[id]!;
    return { offset, bytes: size * 4 };
  }
  function stage(io: ProgramIo, batch: Batch, from: number, count: number): Staged[] {
    const input = plan.tensors[io.input]!;
    const inputBytes = (input.bytes / plan.microBatch) * count;
    stageInputs(new Float32Array(staging.buffer, 0, inputBytes / 4), input.layout!, batch, from, count);
    const staged: Staged[] = [{ offset: input.offset, bytes: staging.subarray(0, inputBytes) }];
    if (io.labels < 0) return staged;
    const { offset, elementType, bytes } = plan.tensors[io.labels]!;
    if (elementType === 'uint8') {
      staged.push({ offset, bytes: new Uint8Array(batch.labels.subarray(from, from + count)) });
    } else {
      const outputs = bytes / 4 / plan.microBatch;
      const targets = batch.targets!.slice(from * outputs, (from + count) * outputs);
      staged.push({ offset, bytes: new Uint8Array(targets.buffer) });
    }
    return staged;
  }
  function clear(id: number): void {
    const { offset, bytes } = rangeOf(id);
    queue.encoder().clearBuffer(buffer, offset, bytes);
  }
  const once = { count: 1, from: 0, seed: 0, scale: 1, learningRate: 0 };

  return {
    plan,
    backend: 'webgpu',
    allocatedBytes: size,
    ...loadThrough(
      plan,
      ({ offset }, block, at) => {
        expectAlive();
        queue.submit();
        // Tensors begin at multiples of 16 bytes, so rounding up to words touches no other.
        const words = new Uint8Array(Math.ceil(block.length / 4) * 4);
        words.set(block);
        device.queue.writeBuffer(buffer, offset + at, words);
      },
      apart,
    ),
    async read(indices = plan.parameterIds.keys()) {
      expectAlive();
      const wanted = [...indices];
      const tensors = heldTensors(plan);
      const ranges = tensors.map(({ offset, bytes }) => ({ offset, bytes: Math.ceil(bytes / 4) * 4 }));
      const all = new Uint8Array(await queue.read(ranges));
      const starts = new Map<number, number>();
      let end = 0;
      for (const [index, { id }] of tensors.entries()) {
        starts.set(id, end);
        end += ranges[index]!.bytes;
      }
      const bytesOf = ({ id, bytes }: ArenaTensor) => all.subarray(starts.get(id)!, starts.get(id)! + bytes);
      return readThrough(plan, wanted, bytesOf, apart);
    },
    transferBuffer() {
      expectAlive();
      return transfer;
    },
    beginUpdate(carried) {
      if (carried) {
        expectAlive();
        queue.submit();
        const { offset } = plan.tensors[slices[0]!.base]!;
        device.queue.writeBuffer(buffer, offset, carried.slice());
        queue.run(pipelines.compileNow(baseKernels('carry')), once, []);
      } else {
        queue.run(noteBase, once, []);
      }
      for (const { id } of accumulators) clear(id);
    },
    step(batch, learningRate, seed = 0) {
      expectAlive();
      if (slices.length === 0) throw new TypeError('a plan with an empty scheme cannot train');
      checkBatch(plan, batch);
      const whole = { count: batch.count, from: 0, seed, scale: 1 / batch.count, learningRate };
      queue.run(begin, whole, []);
      forEachMicroBatch(plan, batch.count, (from, count) => {
        queue.run(train, { ...whole, from, count }, stage(plan.io.train, batch, from, count));
      });
      queue.run(apply, whole, []);
      samples += batch.count;
    },
    queueReady: () => queue.ready(),
    async sketchUpdate() {
      expectAlive();
      const ranges = slices.flatMap(({ weight, base }) => [rangeOf(weight), rangeOf(base)]);
      const all = new Float32Array(await queue.read(ranges));
      const sums = new Float32Array(SKETCH_SUMS);
      let [end, first] = [0, 0];
      for (const slice of slices) {
        const weight = all.subarray(end, (end += plan.tensors[slice.weight]!.size));
        for (const { start, length } of slice.stretches) {
          const base = all.subarray(end, (end += length));
          addToSketch(sums, weight.subarray(start, start + length), base, first);
          first += length;
        }
      }
      return sums;
    },
    async finishUpdate() {
      queue.run(takeDifference, once, []);
      const first = slices[0];
      const bytes = slices.reduce((sum, { base }) => sum + rangeOf(base).bytes, 0);
      if (first)
        transfer.set(new Uint8Array(await queue.read([{ offset: plan.tensors[first.base]!.offset, bytes }])));
      return new Float32Array(transfer.buffer, 0, bytes / 4);
    },
    abandonUpdate() {
      queue.run(pipelines.compileNow(baseKernels('restore')), once, []);
    },
    evaluate(batch) {
      expectAlive();
      checkBatch(plan, batch);
      evaluateProgram ??= pipelines.compileNow(evaluateKernels);
      const program = evaluateProgram;
      forEachMicroBatch(plan, batch.count, (from, count) =>
        queue.run(program, { ...once, from, count }, stage(plan.io.evaluate, batch, from, count)),
      );
      samples += batch.count;
    },
    async predict(batch) {
      expectAlive();
      checkBatch(plan, batch, false);
      predictProgram ??= pipelines.compileNow(predictKernels);
      const program = predictProgram;
      const outputs = outputsOf(plan);
      const { offset } = plan.tensors[plan.io.predict.logits]!;
      const readback = queue.createReadback(batch.count * outputs * 4);
      forEachMicroBatch(plan, batch.count, (from, count) => {
        queue.run(program, { ...once, from, count }, stage(plan.io.predict, batch, from, count));
        queue.encoder().copyBufferToBuffer(buffer, offset, readback, from * outputs * 4, count * outputs * 4);
      });
      return new Float32Array(await queue.takeReadback(readback));
    },
    async takeMetrics() {
      expectAlive();
      const taken = samples;
      samples = 0;
      const { offset } = plan.tensors[plan.metricsId]!;
      const words = await queue.read([{ offset, bytes: 16 }], (encoder) =>
        encoder.clearBuffer(buffer, offset, 16),
      );
      const [loss, rest] = new Float32Array(words);
      // Where a driver reorders sums, the rest is zero; where the loss is not finite, it is nothing.
      const lossSum = Number.isFinite(loss) ? loss! + rest! : loss!;
      return { samples: taken, lossSum, correct: new Uint32Array(words)[2]! };
    },
    dispose() {
      if (!arena) return;
      arena = null;
      watch.end();
      buffer.destroy();
      queue.dispose();
    },
  };
}

function isSoftwareAdapter({ adapterInfo }: GPUDevice): boolean {
  return adapterInfo?.architecture === 'swiftshader' || adapterInfo?.isFallbackAdapter === true;
}

/** Input and labels of the largest micro-batch, in bytes; labels start at a multiple of four. */
function mostStagedBytes(plan: TrainingPlan): number {
  const bytesOf = (id: number): number => (id < 0 ? 0 : Math.ceil((plan.tensors[id]?.bytes ?? 0) / 4) * 4);
  return Math.max(
    ...[plan.io.train, plan.io.evaluate, plan.io.predict].map((io) => bytesOf(io.input) + bytesOf(io.labels)),
  );
}
