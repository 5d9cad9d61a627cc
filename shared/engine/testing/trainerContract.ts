// The contract of `Trainer`: one suite that every backend passes.

import { describe, expect, it } from 'vitest';
import { addToSketch, SKETCH_SUMS } from '../countSketch.ts';
import { numParameters, parametersOf, type ModelSpec } from '../model.ts';
import { findModel } from '../models.ts';
import type { TrainingPlan } from '../plan.ts';
import type { Precision } from '../tensors.ts';
import { planTraining } from '../planTraining.ts';
import { initialParameters } from '../initialParameters.ts';
import { precisionsOf } from '../parameterTransfer.ts';
import { createReferenceTrainer } from '../reference/referenceTrainer.ts';
import {
  EMPTY_SCHEME,
  fullScheme,
  layerScheme,
  ratioScheme,
  stretchesOf,
  trainedSlices,
  type UpdateScheme,
} from '../scheme.ts';
import type { Batch, Trainer } from '../trainer.ts';
import { encodeWeight } from '../weightCodec.ts';
import { describeCase, randomCase, type TrainingCase } from './randomCase.ts';
import { judge } from './tfjsOracle.ts';

/** Random cases that TensorFlow.js judges, and by default those that the reference judges: the same for all backends. */
const ORACLE_CASES = 120;
const FUZZ_CASES = 400;
const LEARNING_RATE = 0.5;
/** Largest error of an update, relative to the update's largest element. */
const TOLERANCE = 1e-3;

export interface ContractOptions {
  /** Of the random cases, where that many would take too long. */
  readonly share?: number;
  /** Random cases on which the backend is compared with the reference. */
  readonly fuzzCases?: number;
  /** Of those so many at a time: an adapter compiles for several at once. Default: 1. */
  readonly atOnce?: number;
  /** Which precisions of frozen weights the backend knows; default: all. */
  readonly precisions?: readonly Precision[];
  /** Whether it trains a part of a tensor's channels; default: yes. */
  readonly trainsParts?: boolean;
  /** Whether it holds what the plan says and no more; default: yes. */
  readonly enforcesBudget?: boolean;
}

/** From 1 to `count`, at most `atOnce` at a time. */
async function forEachSeed(
  count: number,
  atOnce: number,
  work: (seed: number) => Promise<void>,
): Promise<void> {
  let next = 1;
  const lane = async (): Promise<void> => {
    while (next <= count) await work(next++);
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
}

/** Declares the suite for one backend. */
export function describeTrainer(
  name: string,
  createTrainer: (plan: TrainingPlan) => Trainer | Promise<Trainer>,
  {
    share = 1,
    fuzzCases = FUZZ_CASES,
    atOnce = 1,
    precisions,
    trainsParts = true,
    enforcesBudget = true,
  }: ContractOptions = {},
): void {
  const caseOf = (seed: number): TrainingCase => {
    const theCase = randomCase(seed, precisions);
    return trainsParts ? theCase : { ...theCase, scheme: wholeTensors(theCase) };
  };
  const casesOf = (number: number): number => Math.ceil(number * share);
  const trainerFor = async (theCase: TrainingCase): Promise<Trainer> => {
    const { model, scheme, batch, microBatch, form, frozenPrecision, recompute } = theCase;
    const options = { batch, microBatch, form, frozenPrecision, recompute };
    const trainer = await createTrainer(planTraining(model, scheme, options));
    trainer.load([...theCase.parameters.keys()], theCase.parameters);
    return trainer;
  };

  describe(`trainer contract: ${name}`, () => {
    it('takes the SGD step that TensorFlow.js would take, over random models, schemes, batches and forms', async () => {
      await forEachSeed(casesOf(ORACLE_CASES), atOnce, async (seed) => {
        const theCase = caseOf(seed);
        // The immediate form is another algorithm over several micro-batches; the reference judges it below.
        if (theCase.form === 'immediate' && theCase.samples.count > theCase.microBatch) return;
        const trainer = await trainerFor(theCase);
        const { gradients, loss } = await judge(
          theCase.model,
          theCase.parameters,
          theCase.samples,
          theCase.stepSeed,
        );
        trainer.beginUpdate();
        trainer.step(theCase.samples, LEARNING_RATE, theCase.stepSeed);
        const metrics = await trainer.takeMetrics();
        expect(metrics.samples).toBe(theCase.samples.count);
        expect(metrics.lossSum / metrics.samples, describeCase(theCase)).toBeCloseTo(loss, 4);
        const expected = sliced(theCase, gradients).map((slice) =>
          slice.map((gradient) => -LEARNING_RATE * gradient),
        );
        expectUpdate(await trainer.finishUpdate(), expected, describeCase(theCase));
        trainer.dispose();
      });
    });

    it('agrees with the reference after three steps, in every form', async () => {
      await forEachSeed(fuzzCases, atOnce, async (seed) => {
        const theCase = caseOf(10_000 + seed);
        const trainer = await trainerFor(theCase);
        const reference = createReferenceTrainer(trainer.plan);
        reference.load([...theCase.parameters.keys()], theCase.parameters);
        for (const each of [trainer, reference]) {
          each.beginUpdate();
          for (let step = 0; step < 3; step++) each.step(theCase.samples, 0.05, theCase.stepSeed + step);
        }
        const expected = [await reference.finishUpdate()];
        // Where a weight hardly moves, its own rounding in each step is what is seen of it.
        const rounding = 3 * 2 ** -23 * Math.max(...theCase.parameters.map(largest));
        expectUpdate(await trainer.finishUpdate(), expected, describeCase(theCase), rounding);
        trainer.dispose();
      });
    });

    it('leaves frozen tensors bit-identical and moves the trained ones by the update', async () => {
      for (let seed = 1; seed <= casesOf(20); seed++) {
        const theCase = caseOf(2000 + seed);
        const trainer = await trainerFor(theCase);
        trainer.beginUpdate();
        trainer.step(theCase.samples, LEARNING_RATE, theCase.stepSeed);
        const after = await trainer.read();
        const delta = await trainer.finishUpdate();
        const expected = after.map((values, index) =>
          values.map((value, i) => value - theCase.parameters[index]![i]!),
        );
        let end = 0;
        for (const moved of sliced(theCase, expected)) {
          moved.forEach((value, i) => expect(delta[end + i]!).toBeCloseTo(value, 5));
          end += moved.length;
        }
        const frozen = theCase.parameters.map((values) => new Uint8Array(values.length).fill(1));
        const parameters = parametersOf(theCase.model);
        for (const slice of trainedSlices(theCase.model, theCase.scheme))
          for (const { start, length } of stretchesOf(parameters[slice.parameter]!, slice))
            frozen[slice.parameter]!.fill(0, start, start + length);
        after.forEach((values, index) =>
          values.forEach((value, i) => {
            if (frozen[index]![i]) expect(value, describeCase(theCase)).toBe(theCase.parameters[index]![i]);
          }),
        );
        expect(delta.length).toBe(end);
        trainer.dispose();
      }
    });

    it('gives the old parameters back, bit by bit, when an update is abandoned', async () => {
      for (let seed = 1; seed <= casesOf(10); seed++) {
        const theCase = caseOf(6000 + seed);
        const trainer = await trainerFor(theCase);
        trainer.beginUpdate();
        trainer.step(theCase.samples, Infinity);
        trainer.abandonUpdate();
        expect(await trainer.read(), describeCase(theCase)).toEqual(theCase.parameters);
        trainer.dispose();
      }
    });

    it('counts what is carried over as trained, and takes ranges of a parameter', async () => {
      for (let seed = 1; seed <= casesOf(10); seed++) {
        const theCase = caseOf(6500 + seed);
        const trainer = await trainerFor(theCase);
        const indices = theCase.parameters.map((_, index) => index);
        const { baseIds, tensors } = trainer.plan;
        const size = baseIds.reduce((sum, id) => sum + tensors[id]!.size, 0);
        const carried = Float32Array.from({ length: size }, (_, i) => ((i % 17) - 8) / 64);
        trainer.beginUpdate(carried.slice());
        const delta = await trainer.finishUpdate();
        carried.forEach((value, i) => expect(delta[i]!, describeCase(theCase)).toBeCloseTo(value, 5));

        trainer.load(indices, theCase.parameters);
        trainer.beginUpdate(carried);
        trainer.abandonUpdate();
        const expected = theCase.parameters.map((values) => values.slice());
        for (const { parameter } of trainedSlices(theCase.model, theCase.scheme)) {
          const { length } = expected[parameter]!;
          const range = Float32Array.from({ length: Math.ceil(length / 2) }, (_, i) => i + 0.5);
          trainer.loadRange(parameter, length - range.length, range);
          expected[parameter]!.set(range, length - range.length);
        }
        expect(await trainer.read(), describeCase(theCase)).toEqual(expected);
        trainer.dispose();
      }
    });

    it('sketches the update so far without disturbing it', async () => {
      for (let seed = 1; seed <= casesOf(10); seed++) {
        const theCase = caseOf(4000 + seed);
        const trainer = await trainerFor(theCase);
        trainer.beginUpdate();
        trainer.step(theCase.samples, LEARNING_RATE, theCase.stepSeed);
        const sketch = await trainer.sketchUpdate();
        const delta = (await trainer.finishUpdate()).slice();
        const expected = new Float32Array(SKETCH_SUMS);
        addToSketch(expected, delta, new Float32Array(delta.length), 0);
        expectUpdate(sketch, [expected], describeCase(theCase));
        trainer.dispose();
      }
    });

    it('evaluates and predicts as TensorFlow.js does, with and without a scheme', async () => {
      for (let seed = 1; seed <= casesOf(20); seed++) {
        const theCase = caseOf(3000 + seed);
        const { model, batch, parameters, samples } = theCase;
        const scheme = seed % 2 === 0 ? EMPTY_SCHEME : theCase.scheme;
        const trainer = await createTrainer(planTraining(model, scheme, { batch }));
        trainer.load([...parameters.keys()], parameters);
        const { loss, outputs } = await judge(model, parameters, samples);
        const predicted = await trainer.predict(samples);
        expect(predicted.length).toBe(outputs.length);
        predicted.forEach((output, index) => expect(output).toBeCloseTo(outputs[index]!, 4));
        trainer.evaluate(samples);
        trainer.evaluate(samples);
        const metrics = await trainer.takeMetrics();
        expect(metrics.samples).toBe(2 * samples.count);
        expect(metrics.lossSum / metrics.samples).toBeCloseTo(loss, 4);
        expect(metrics.correct).toBe(2 * hitsOf(model, outputs, samples));
        expect(await trainer.takeMetrics()).toEqual({ samples: 0, lossSum: 0, correct: 0 });
        expect(await trainer.read()).toEqual(parameters);
        trainer.dispose();
      }
    });

    it('takes uint8 inputs scaled, as if they had come as floats', async () => {
      const model = findModel('digits');
      const plan = planTraining(model, fullScheme(model), { batch: 4, form: 'immediate', microBatch: 2 });
      const bytes = Uint8Array.from({ length: 3 * 784 }, (_, index) => (index * 37) % 256);
      const labels = Uint8Array.of(1, 7, 9);
      const [scale, offset] = [1 / 128, -1];
      const floats = Float32Array.from(bytes, (value) => value * scale + offset);
      const results: Float32Array[] = [];
      for (const batch of [
        { inputs: bytes, labels, count: 3, scale, offset },
        { inputs: floats, labels, count: 3 },
      ]) {
        const trainer = await createTrainer(plan);
        trainer.load([0, 1, 2, 3, 4, 5], initialParameters(model, 5));
        trainer.beginUpdate();
        trainer.step(batch, LEARNING_RATE);
        results.push((await trainer.finishUpdate()).slice());
        trainer.dispose();
      }
      expectUpdate(results[0]!, [results[1]!], 'uint8 against float32');
    });

    it('takes parameters as the bytes that the arena holds of them', async () => {
      for (let seed = 1; seed <= casesOf(10); seed++) {
        const theCase = caseOf(8000 + seed);
        const { model, scheme, batch, microBatch, form, frozenPrecision, parameters } = theCase;
        const plan = planTraining(model, scheme, { batch, microBatch, form, frozenPrecision });
        const trainer = await createTrainer(plan);
        const indices = [...parameters.keys()].reverse();
        const precisions = precisionsOf(plan);
        const blocks = indices.flatMap((index) => {
          const { matrix } = plan.tensors[plan.parameterIds[index]!]!;
          return [...encodeWeight(parameters[index]!, matrix!, precisions[index]!)];
        });
        expect(blocks.length).toBe(plan.transferBytes);
        trainer.loadEncoded(indices, Uint8Array.from(blocks));
        expect(await trainer.read(), describeCase(theCase)).toEqual(parameters);
        expect(() => trainer.loadEncoded(indices, new Uint8Array(1))).toThrow(RangeError);
        trainer.dispose();
      }
    });

    it('survives a message in the transfer buffer between updates, whatever the form', async () => {
      const model = findModel('digits');
      for (const form of ['accumulating', 'immediate'] as const) {
        const plan = planTraining(model, fullScheme(model), { batch: 4, form, microBatch: 2 });
        const parameters = initialParameters(model, 3);
        const batch: Batch = {
          inputs: Float32Array.from({ length: 4 * 784 }, (_, index) => Math.sin(index)),
          labels: Uint8Array.of(0, 1, 2, 3),
          count: 4,
        };
        const trainer = await createTrainer(plan);
        const indices = [...parameters.keys()];
        const deltas: Float32Array[] = [];
        for (let round = 0; round < 2; round++) {
          expect(trainer.transferBuffer().length).toBe(plan.transferBytes);
          trainer.transferBuffer().fill(0x7f);
          trainer.load(indices, parameters);
          trainer.beginUpdate();
          trainer.step(batch, LEARNING_RATE);
          deltas.push((await trainer.finishUpdate()).slice());
        }
        expect(deltas[0]!.some((value) => value !== 0)).toBe(true);
        expect(deltas[1]).toEqual(deltas[0]);
        trainer.dispose();
      }
    });

    it('moves by momentum, weight decay and the proximal term as plain formulas say', async () => {
      const settings = [
        { momentum: 0.9, weightDecay: 0, proximal: 0 },
        { momentum: 0.8, weightDecay: 0.1, proximal: 0.3 },
        { momentum: 0, weightDecay: 0.1, proximal: 0 },
        { momentum: 0, weightDecay: 0.05, proximal: 0.5 },
      ];
      for (let seed = 1; seed <= casesOf(24); seed++) {
        const theCase = caseOf(6000 + seed);
        const { model, scheme, batch, microBatch, frozenPrecision, samples, stepSeed, parameters } = theCase;
        const form = microBatch === batch ? ('whole' as const) : ('accumulating' as const);
        const optimizer = settings[seed % settings.length]!;
        const options = { batch, microBatch, form, frozenPrecision, optimizer };
        const trainer = await createTrainer(planTraining(model, scheme, options));
        trainer.load([...parameters.keys()], parameters);
        trainer.beginUpdate();
        const start = sliced(theCase, parameters);
        const velocity = start.map((values) => new Float64Array(values.length));
        const now = start.map((values) => Float64Array.from(values));
        for (let step = 0; step < 3; step++) {
          const { gradients } = await judge(model, await trainer.read(), samples, stepSeed + step);
          sliced(theCase, gradients).forEach((slice, entry) =>
            slice.forEach((gradient, i) => {
              const w = now[entry]![i]!;
              const pull = optimizer.weightDecay * w + optimizer.proximal * (w - start[entry]![i]!);
              velocity[entry]![i] = optimizer.momentum * velocity[entry]![i]! + gradient + pull;
              now[entry]![i] = w - 0.1 * velocity[entry]![i]!;
            }),
          );
          trainer.step(samples, 0.1, stepSeed + step);
        }
        const moved = now.map((values, entry) =>
          Float32Array.from(values, (value, i) => value - start[entry]![i]!),
        );
        expectUpdate(await trainer.finishUpdate(), moved, describeCase(theCase));
        trainer.dispose();
      }
    });

    it('trains a part of the channels and leaves the others, or refuses to', async () => {
      const model = findModel('small-cnn');
      const scheme = ratioScheme(model, { conv2: 0.25, dense1: 0.125, dense2: 1 });
      const parameters = initialParameters(model, 9);
      const plan = planTraining(model, scheme, { batch: 4, form: 'accumulating', microBatch: 2 });
      if (!trainsParts) {
        const error: unknown = await Promise.resolve(plan)
          .then(createTrainer)
          .catch((refusal: unknown) => refusal);
        expect(error).toMatchObject({ code: 'backend' });
        expect((error as Error).message).toContain('outputs [0, 8) and inputs [0, 16) of "conv2.weight"');
        return;
      }
      const trainer = await createTrainer(plan);
      const reference = createReferenceTrainer(trainer.plan);
      const inputs = Float32Array.from({ length: 4 * 784 }, (_, index) => Math.sin(index * 0.37));
      const samples: Batch = { inputs, labels: Uint8Array.of(1, 2, 3, 4), count: 4 };
      for (const each of [trainer, reference]) {
        each.load([...parameters.keys()], parameters);
        each.beginUpdate();
        each.step(samples, LEARNING_RATE);
      }
      expectUpdate(await trainer.finishUpdate(), [await reference.finishUpdate()], 'ratios of small-cnn');
      trainer.dispose();
    });

    it('allocates what the plan declares and never more, or says what it has come to', async () => {
      const model = findModel('digits');
      const plan = planTraining(model, layerScheme(model, ['dense1']), { batch: 8, budgetBytes: 192 * 1024 });
      const trainer = await createTrainer(plan);
      const before = trainer.allocatedBytes;
      if (enforcesBudget) {
        expect(before).toBeGreaterThanOrEqual(plan.arenaBytes);
        expect(before).toBeLessThan(plan.arenaBytes + 65536);
      }
      trainer.load([0, 1, 2, 3, 4, 5], initialParameters(model, 1));
      trainer.beginUpdate();
      const inputs = new Uint8Array(8 * 784).fill(100);
      for (let step = 0; step < 3; step++)
        trainer.step({ inputs, labels: new Uint8Array(8), count: 8, scale: 1 / 255 }, 0.1);
      await trainer.finishUpdate();
      if (enforcesBudget) expect(trainer.allocatedBytes).toBe(before);
      // The model and the batch's input at the least.
      else expect(trainer.allocatedBytes).toBeGreaterThan(4 * (numParameters(model) + 8 * 784));
      trainer.dispose();
    });

    it('refuses what does not fit, naming it, and changes nothing', async () => {
      const theCase = caseOf(7);
      const trainer = await trainerFor(theCase);
      const { samples, batch } = theCase;
      const first = parametersOf(theCase.model)[0]!;
      expect(() => trainer.load([0], [new Float32Array(first.size + 1)])).toThrow(
        `values of "${first.name}" must have ${first.size} elements, got ${first.size + 1}`,
      );
      expect(() => trainer.step({ ...samples, count: batch + 1 }, 0.1)).toThrow(RangeError);
      expect(() => trainer.step({ ...samples, inputs: samples.inputs.subarray(1) }, 0.1)).toThrow(RangeError);
      expect(() => trainer.step({ ...samples, labels: new Uint8Array(batch).fill(200) }, 0.1)).toThrow(
        RangeError,
      );
      expect(await trainer.read()).toEqual(theCase.parameters);
      const evaluator = await createTrainer(planTraining(theCase.model, EMPTY_SCHEME, { batch }));
      expect(() => evaluator.step(samples, 0.1)).toThrow('a plan with an empty scheme cannot train');
    });

    it('throws after dispose', async () => {
      const theCase = caseOf(8);
      const trainer = await trainerFor(theCase);
      trainer.dispose();
      expect(() => trainer.step(theCase.samples, 0.1)).toThrow('disposed');
      await expect(trainer.read()).rejects.toThrow('disposed');
    });
  });
}

/** The case's scheme with all of each tensor that it names. */
function wholeTensors({ model, scheme }: TrainingCase): UpdateScheme {
  const named = new Set(scheme.entries.map(({ tensor }) => tensor));
  return { entries: fullScheme(model).entries.filter(({ tensor }) => named.has(tensor)) };
}

function hitsOf(model: ModelSpec, outputs: Float32Array, samples: Batch): number {
  const numValues = outputs.length / samples.count;
  let hits = 0;
  for (let n = 0; n < samples.count; n++) {
    const row = outputs.subarray(n * numValues, (n + 1) * numValues);
    if (model.loss === 'softmaxCrossEntropy' && row.indexOf(Math.max(...row)) === samples.labels[n]) hits++;
    const targets = samples.targets?.subarray(n * numValues, (n + 1) * numValues);
    if (model.loss === 'binaryCrossEntropy' && row.every((value, k) => value > 0.5 === targets![k]! > 0.5))
      hits++;
  }
  return hits;
}

/** What the case's scheme takes of each tensor, packed as it travels. */
function sliced({ model, scheme }: TrainingCase, tensors: readonly Float32Array[]): Float32Array[] {
  const parameters = parametersOf(model);
  return trainedSlices(model, scheme).map((slice) => {
    const values = tensors[slice.parameter]!;
    return Float32Array.from(
      stretchesOf(parameters[slice.parameter]!, slice).flatMap(({ start, length }) => [
        ...values.subarray(start, start + length),
      ]),
    );
  });
}

/**
 * Error at most TOLERANCE of the tensor's largest element; a gradient that cancels out to nothing may be off by float32
 * rounding of the others.
 */
function expectUpdate(
  delta: Float32Array,
  expected: readonly Float32Array[],
  what: string,
  rounding = 1e-9,
): void {
  const largestOfAll = Math.max(...expected.map(largest));
  let end = 0;
  for (const values of expected) {
    const size = largest(values);
    let error = 0;
    values.forEach((value, index) => {
      error = Math.max(error, Math.abs(delta[end + index]! - value));
    });
    expect(Number.isFinite(error), what).toBe(true);
    expect(error, what).toBeLessThanOrEqual(TOLERANCE * size + 1e-6 * largestOfAll + rounding);
    end += values.length;
  }
  expect(delta.length, what).toBe(end);
}

function largest(values: Float32Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}
