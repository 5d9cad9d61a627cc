// The trainer that runs a plan's WebAssembly module inside one memory of exactly the plan's size.
// Knows nothing of kernels. Compiles synchronously: in browsers it belongs in a Worker.

import { checkBatch, forEachMicroBatch, outputsOf, stageInputs, stageLabels } from '../batching.ts';
import { addToSketch, SKETCH_SUMS } from '../countSketch.ts';
import { BackendError } from '../errors.ts';
import { heldSlices } from '../heldSlices.ts';
import { type ApartTransfer, loadThrough, readThrough } from '../parameterTransfer.ts';
import type { ProgramIo, TrainingPlan } from '../plan.ts';
import type { Batch, Trainer } from '../trainer.ts';
import { emitModule } from './code/emitModule.ts';
import type { ModuleExports, ProgramFunction, ProgramName } from './code/emitModule.ts';
import type { EmitOp } from './kernels/emitCommonOp.ts';
import type { RegisterTile } from './kernels/kernel.ts';
import type { Lanes } from './code/lanes.ts';
import { PLAIN_ENDS } from './plainEnds.ts';
import type { openUpdateEnds, UpdateEnds } from './updateEnds.ts';

const NO_FLOATS = new Float32Array(0);

const TRAINING: readonly ProgramName[] = ['begin', 'train', 'apply'];

export interface ModuleOptions {
  /** Of a variant that `canRun`. */
  readonly lanes: Lanes;
  /** Must know all ops of the plan. */
  readonly emitOp: EmitOp;
  /** What begins and ends an update, faster than plain loops: for whoever sees many. */
  readonly openEnds?: typeof openUpdateEnds;
  /** Of a plan that is split. */
  readonly apart?: ApartTransfer | null;
  /** What `tuneTile` found: for speed alone. */
  readonly tile?: RegisterTile | undefined;
}

/** What is gone after `dispose`. Views never detach: the memory cannot grow. */
interface Arena {
  readonly buffer: ArrayBuffer;
  program(name: ProgramName): ProgramFunction;
  /** Of an update; compiled when the first one begins. */
  ends(): UpdateEnds;
}

/** Throws BackendError where the browser gives out no such memory: a phone that is full, a tab among hundreds. */
function allocate(pages: number): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages });
  } catch (error) {
    throw new BackendError('wasm', (error as Error).message, 'cannot run this plan');
  }
}

function openArena(plan: TrainingPlan, { lanes, emitOp, openEnds, tile }: ModuleOptions): Arena {
  const memory = allocate(plan.pages);
  const compiled = new Map<ProgramName, ProgramFunction>();
  /** Compiled when it is first called, with what is called together: devices that only train never compile the rest. */
  function program(name: ProgramName): ProgramFunction {
    const known = compiled.get(name);
    if (known) return known;
    const programs = TRAINING.includes(name) ? TRAINING : [name];
    const module = new WebAssembly.Module(emitModule(plan, lanes, emitOp, { programs, tile }));
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    for (const each of programs) compiled.set(each, (exports as unknown as ModuleExports)[each]);
    return program(name);
  }
  program(plan.programs.train.length > 0 ? 'train' : 'evaluate');
  let ends: UpdateEnds | null = null;
  return {
    buffer: memory.buffer,
    program,
    ends: () => (ends ??= openEnds ? openEnds(memory, plan.pages, lanes) : PLAIN_ENDS),
  };
}

/** Sums of float32 whose magnitudes add up to less than this do not overflow. */
const SURELY_FINITE = 2 ** 120;

/** As `createWasmTrainer`, by the kernels that are handed in. */
export function createModuleTrainer(plan: TrainingPlan, options: ModuleOptions): Trainer {
  let arena: Arena | null = openArena(plan, options);
  const allocatedBytes = arena.buffer.byteLength;
  const trained = heldSlices(plan);
  const { apart = null } = options;
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
  function bytesOf(offset: number, bytes: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(live().buffer, offset, bytes);
  }
  function stage(io: ProgramIo, batch: Batch, from: number, count: number): void {
    stageInputs(floatsOf(io.input), plan.tensors[io.input]!.layout!, batch, from, count);
    if (io.labels < 0) return;
    const { offset, elementType } = plan.tensors[io.labels]!;
    const isByte = elementType === 'uint8';
    const bytes = new Uint8Array(live().buffer, offset, isByte ? count : 0);
    stageLabels(plan, batch, from, count, bytes, isByte ? NO_FLOATS : floatsOf(io.labels));
  }
  /** Calls `visit` with each run of every trained slice, in the weight and in the packed copy. */
  function forEachRun(visit: (weight: Float32Array, base: Float32Array, first: number) => void): void {
    let first = 0;
    for (const { weight, base, stretches } of trained) {
      const [weights, bases] = [floatsOf(weight), floatsOf(base)];
      let packed = 0;
      for (const { start, length } of stretches) {
        visit(
          weights.subarray(start, start + length),
          bases.subarray(packed, packed + length),
          first + packed,
        );
        packed += length;
      }
      first += packed;
    }
  }

  return {
    plan,
    backend: `wasm-${options.lanes.variant}`,
    allocatedBytes,
    ...loadThrough(plan, ({ offset, bytes }, block, at) => bytesOf(offset, bytes).set(block, at), apart),
    async read(indices = plan.parameterIds.keys()) {
      live();
      return readThrough(plan, indices, ({ offset, bytes }) => bytesOf(offset, bytes), apart);
    },
    transferBuffer() {
      return bytesOf(plan.transferOffset, plan.transferBytes);
    },
    beginUpdate(carried) {
      const { takeCarried } = live().ends();
      forEachRun((weight, base, first) => {
        if (carried) {
          // Where it lies there already, nothing is moved.
          base.set(carried.subarray(first, first + base.length));
          takeCarried(weight, base);
        } else base.set(weight);
      });
      // A message may have lain where they are.
      for (const id of accumulators) floatsOf(id).fill(0);
    },
    step(batch, learningRate, seed = 0) {
      const { program } = live();
      if (trained.length === 0) throw new TypeError('a plan with an empty scheme cannot train');
      checkBatch(plan, batch);
      const scale = 1 / batch.count;
      program('begin')(batch.count, scale, learningRate, 0, seed);
      const train = program('train');
      forEachMicroBatch(plan, batch.count, (from, count) => {
        stage(plan.io.train, batch, from, count);
        train(count, scale, learningRate, from, seed);
      });
      program('apply')(batch.count, scale, learningRate, 0, seed);
      samples += batch.count;
    },
    async sketchUpdate() {
      const sums = new Float32Array(SKETCH_SUMS);
      forEachRun((weight, base, first) => addToSketch(sums, weight, base, first));
      return sums;
    },
    isUpdateFinite() {
      const { distance } = live().ends();
      let sum = 0;
      forEachRun((weight, base) => (sum += distance(weight, base)));
      return sum < SURELY_FINITE;
    },
    async finishUpdate() {
      const { subtract } = live().ends();
      forEachRun(subtract);
      const size = trained.reduce((sum, { base }) => sum + plan.tensors[base]!.size, 0);
      const first = trained[0];
      return new Float32Array(live().buffer, first ? plan.tensors[first.base]!.offset : 0, size);
    },
    abandonUpdate() {
      forEachRun((weight, base) => weight.set(base));
    },
    evaluate(batch) {
      const { program } = live();
      checkBatch(plan, batch);
      forEachMicroBatch(plan, batch.count, (from, count) => {
        stage(plan.io.evaluate, batch, from, count);
        program('evaluate')(count, 1, 0, from, 0);
      });
      samples += batch.count;
    },
    async predict(batch) {
      const { program } = live();
      checkBatch(plan, batch, false);
      const outputs = outputsOf(plan);
      const probabilities = new Float32Array(batch.count * outputs);
      forEachMicroBatch(plan, batch.count, (from, count) => {
        stage(plan.io.predict, batch, from, count);
        program('predict')(count, 1, 0, from, 0);
        probabilities.set(floatsOf(plan.io.predict.logits).subarray(0, count * outputs), from * outputs);
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
