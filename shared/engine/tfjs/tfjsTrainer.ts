// The trainer that computes a plan's steps with TensorFlow.js, for comparison: it knows what to compute from the plan, but
// places nothing, so no budget bounds it. Loaded on demand: nothing else of the engine may import it.

import * as tf from '@tensorflow/tfjs-core';
import { checkBatch, forEachMicroBatch } from '../batching.ts';
import { addToSketch, SKETCH_SUMS } from '../countSketch.ts';
import { BackendError } from '../errors.ts';
import { parametersOf } from '../model.ts';
import { loadThrough, parameterValues } from '../parameterTransfer.ts';
import type { TrainingPlan } from '../plan.ts';
import { slicesAmong } from '../scheme.ts';
import type { Batch, Trainer } from '../trainer.ts';
import { hashedDropout } from './hashedDropout.ts';
import { inputsTensor, meanLoss, numHits, predictions, truthTensor } from './tfjsLoss.ts';
import { forward, FUSED } from './tfjsModel.ts';

/** A backend of TensorFlow.js that has been opened. */
export interface TfjsHost {
  /** Makes it the one that computes; TensorFlow.js has one at a time. Throws BackendError when it has failed. */
  activate(): void;
  /** Bytes that it holds at this moment, free buffers that it keeps for later included. */
  heldBytes(): number;
  /** Hands on what was enqueued; resolves when so little is under way that more may come. */
  readonly queueReady?: () => Promise<void>;
  /** Frees what it holds; called when a trainer is gone. */
  release(): void;
}

/** Sums since they were last taken; scalars. */
type Sums = { loss: tf.Tensor; hits: tf.Tensor };

/**
 * A trainer for the plan; parameters start at zero. Micro-batches matter in the immediate form only: the exact forms take
 * the batch at once. `allocatedBytes` is the most that was measured so far, and may grow. Outside of it: what
 * TensorFlow.js keeps in the JavaScript heap, and the message that `transferBuffer` and `finishUpdate` show.
 * Throws BackendError where the scheme trains a part of a tensor: TensorFlow.js has gradients of whole ones alone.
 */
export function createTfjsTrainer(plan: TrainingPlan, host: TfjsHost): Trainer {
  const { model, optimizer } = plan;
  const parameters = parametersOf(model);
  const slices = slicesAmong(parameters, plan.scheme);
  slices.forEach(({ parameter, size, outputs, inputs }) => {
    const { name, size: whole } = parameters[parameter]!;
    if (size !== whole)
      throw new BackendError(
        'tfjs-webgpu',
        `TensorFlow.js trains whole tensors, and the scheme trains outputs [${outputs.join(', ')}) and inputs [${inputs.join(', ')}) of "${name}"`,
        'cannot run this plan',
      );
  });
  const indexOf = new Map(parameters.map(({ name }, index) => [name, index]));
  const transfer = new Uint8Array(plan.transferBytes);
  host.activate();
  let values: tf.Tensor[] | null = parameters.map(({ shape }) => tf.zeros([...shape]));
  /** Of each scheme entry; set by `beginUpdate`. */
  let bases: tf.Tensor[] = [];
  let velocities: tf.Tensor[] = [];
  let sums: Sums | null = null;
  let samples = 0;
  let mostBytes = 0;

  /** The parameters, with the host ready to compute on them. */
  function live(): tf.Tensor[] {
    if (!values) throw new TypeError('this trainer has been disposed of');
    host.activate();
    return values;
  }
  function expectBegun(): void {
    if (bases.length !== slices.length) throw new TypeError('an update begins with beginUpdate');
  }
  function measure(): void {
    mostBytes = Math.max(mostBytes, host.heldBytes());
  }
  /** Runs `compute`; of its tensors only those in what it returns survive. */
  function compute<T extends tf.TensorContainer>(body: () => T): T {
    const kept = tf.tidy(body);
    measure();
    return kept;
  }
  /** Copies of the values; the tensors are done with. */
  async function take(tensors: readonly tf.Tensor[]): Promise<Float32Array[]> {
    try {
      const all = await Promise.all(tensors.map((tensor) => tensor.data()));
      return all.map((values) => Float32Array.from(values));
    } catch (error) {
      live();
      throw new BackendError('tfjs-webgpu', (error as Error).message);
    } finally {
      measure();
      tf.dispose([...tensors]);
    }
  }
  function note(more: Sums): void {
    const before = sums;
    sums = before
      ? tf.tidy(() => ({ loss: tf.add(before.loss, more.loss), hits: tf.add(before.hits, more.hits) }))
      : more;
    if (before) tf.dispose([before, more]);
  }

  /** Gradients of the mean loss over `count` samples by what is trained, with loss and hits summed. */
  function differentiate(now: tf.Tensor[], batch: Batch, from: number, count: number, seed: number) {
    const truth = truthTensor(model, batch, from, count);
    const inputs = inputsTensor(model, batch, from, count);
    let hits: tf.Tensor | null = null;
    const lossOf = (...trained: tf.Tensor[]): tf.Scalar => {
      const tensors = [...now];
      slices.forEach(({ parameter }, entry) => (tensors[parameter] = trained[entry]!));
      const outputs = forward(model, inputs, {
        parameter: (name) => tensors[indexOf.get(name)!]!,
        kernels: FUSED,
        dropout: hashedDropout(seed, from),
      });
      hits ??= tf.keep(numHits(model, outputs, truth));
      return meanLoss(model, outputs, truth);
    };
    const { value, grads } = tf.valueAndGrads(lossOf)(slices.map(({ parameter }) => now[parameter]!));
    return { gradients: grads, loss: tf.mul(value, count), hits: hits! as tf.Tensor };
  }

  /** Moves what is trained by one micro-batch, whose share of the whole batch is `share`. */
  function descend(now: tf.Tensor[], gradients: readonly tf.Tensor[], share: number, learningRate: number) {
    const { momentum, weightDecay, proximal } = optimizer;
    return slices.map(({ parameter }, entry) => {
      const weight = now[parameter]!;
      let pull = share === 1 ? gradients[entry]! : tf.mul(gradients[entry]!, share);
      if (weightDecay > 0) pull = tf.add(pull, tf.mul(weight, weightDecay * share));
      if (proximal > 0) pull = tf.add(pull, tf.mul(tf.sub(weight, bases[entry]!), proximal * share));
      if (momentum > 0) pull = tf.add(pull, tf.mul(velocities[entry]!, momentum));
      return { velocity: pull, weight: tf.sub(weight, tf.mul(pull, learningRate)) };
    });
  }

  function stepOn(batch: Batch, from: number, count: number, learningRate: number, seed: number): void {
    const now = live();
    const { moved, loss, hits } = compute(() => {
      const { gradients, loss, hits } = differentiate(now, batch, from, count, seed);
      return { moved: descend(now, gradients, count / batch.count, learningRate), loss, hits };
    });
    slices.forEach(({ parameter }, entry) => {
      const { weight, velocity } = moved[entry]!;
      replace(now, parameter, weight);
      if (optimizer.momentum > 0) replace(velocities, entry, velocity);
      else velocity.dispose();
    });
    note({ loss, hits });
  }

  function differences(): Promise<Float32Array[]> {
    const now = live();
    expectBegun();
    return take(compute(() => slices.map(({ parameter }, entry) => tf.sub(now[parameter]!, bases[entry]!))));
  }

  return {
    plan,
    backend: 'tfjs-webgpu',
    get allocatedBytes() {
      return mostBytes;
    },
    ...loadThrough(plan, (tensor, bytes, at) => {
      const now = live();
      const index = plan.parameterIds.indexOf(tensor.id);
      const shape = [...parameters[index]!.shape];
      if (bytes.length === tensor.bytes)
        return replace(now, index, tf.tensor(parameterValues(tensor, bytes), shape));
      const range = tf.tensor1d(new Float32Array(bytes.slice().buffer));
      const flat = tf.reshape(now[index]!, [-1]);
      const whole = tf.tidy(() => {
        const end = at / 4 + range.size;
        const parts = [tf.slice(flat, 0, at / 4), range, tf.slice(flat, end)];
        return tf.reshape(tf.concat(parts.filter(({ size }) => size > 0)), shape);
      });
      tf.dispose([range, flat]);
      replace(now, index, whole);
    }),
    async read(indices = live().keys()) {
      return take(Array.from(indices, (index) => tf.clone(live()[index]!)));
    },
    transferBuffer() {
      live();
      return transfer;
    },
    /** `carried`, of the form of a delta, is added to what is trained after its base was noted. */
    beginUpdate(carried?: Float32Array) {
      const now = live();
      tf.dispose([...bases, ...velocities]);
      bases = slices.map(({ parameter }) => tf.clone(now[parameter]!));
      velocities = optimizer.momentum > 0 ? bases.map((base) => tf.zerosLike(base)) : [];
      if (!carried) return;
      let end = 0;
      for (const { parameter, size } of slices) {
        const weight = now[parameter]!;
        const part = carried.slice(end, (end += size));
        replace(
          now,
          parameter,
          compute(() => tf.add(weight, tf.tensor(part, weight.shape))),
        );
      }
    },
    step(batch, learningRate, seed = 0) {
      live();
      if (slices.length === 0) throw new TypeError('a plan with an empty scheme cannot train');
      checkBatch(plan, batch);
      expectBegun();
      if (plan.form === 'immediate')
        forEachMicroBatch(plan, batch.count, (from, count) => stepOn(batch, from, count, learningRate, seed));
      else stepOn(batch, 0, batch.count, learningRate, seed);
      samples += batch.count;
    },
    ...(host.queueReady ? { queueReady: host.queueReady } : {}),
    async sketchUpdate() {
      const sketch = new Float32Array(SKETCH_SUMS);
      let first = 0;
      for (const difference of await differences()) {
        addToSketch(sketch, difference, new Float32Array(difference.length), first);
        first += difference.length;
      }
      return sketch;
    },
    async finishUpdate() {
      const size = slices.reduce((sum, slice) => sum + slice.size, 0);
      const delta = new Float32Array(transfer.buffer, 0, size);
      let end = 0;
      for (const difference of await differences()) {
        delta.set(difference, end);
        end += difference.length;
      }
      return delta;
    },
    abandonUpdate() {
      const now = live();
      bases.forEach((base, entry) => replace(now, slices[entry]!.parameter, tf.clone(base)));
    },
    evaluate(batch) {
      const now = live();
      checkBatch(plan, batch);
      note(
        compute(() => {
          const truth = truthTensor(model, batch);
          const outputs = outputsOn(now, batch);
          const loss = tf.mul(meanLoss(model, outputs, truth), batch.count);
          return { loss, hits: numHits(model, outputs, truth) };
        }),
      );
      samples += batch.count;
    },
    async predict(batch) {
      const now = live();
      checkBatch(plan, batch, false);
      const [outputs] = await take([compute(() => predictions(model, outputsOn(now, batch)))]);
      return outputs!;
    },
    async takeMetrics() {
      live();
      const [taken, takenSamples] = [sums, samples];
      sums = null;
      samples = 0;
      if (!taken) return { samples: 0, lossSum: 0, correct: 0 };
      const [loss, hits] = await take([taken.loss, taken.hits]);
      return { samples: takenSamples, lossSum: loss![0]!, correct: hits![0]! };
    },
    dispose() {
      if (!values) return;
      tf.dispose([...values, ...bases, ...velocities, ...(sums ? [sums] : [])]);
      values = null;
      host.release();
    },
  };

  function outputsOn(now: readonly tf.Tensor[], batch: Batch): tf.Tensor {
    return forward(model, inputsTensor(model, batch), {
      parameter: (name) => now[indexOf.get(name)!]!,
      kernels: FUSED,
    });
  }
}

function replace(tensors: tf.Tensor[], index: number, by: tf.Tensor): void {
  tensors[index]?.dispose();
  tensors[index] = by;
}
