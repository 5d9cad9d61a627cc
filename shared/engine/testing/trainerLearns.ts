// That a trainer learns what it should: the first half of the suite that every trainer passes.

import { expect, it } from 'vitest';
import { addToSketch, SKETCH_SUMS } from '../countSketch.ts';
import { parametersOf } from '../model.ts';
import { findModel } from '../models.ts';
import { precisionsOf } from '../parameterTransfer.ts';
import { planTraining } from '../planTraining.ts';
import { initialParameters } from '../initialParameters.ts';
import { createReferenceTrainer } from '../reference/referenceTrainer.ts';
import { ratioScheme, stretchesOf, trainedSlices } from '../scheme.ts';
import type { Batch } from '../trainer.ts';
import { describeCase } from './randomCase.ts';
import { judge } from './tfjsOracle.ts';
import { expectUpdate, forEachSeed, largest, sliced, type ContractBench } from './contractBench.ts';

const ORACLE_CASES = 120;
const LEARNING_RATE = 0.5;

export function declareLearning({
  createTrainer,
  caseOf,
  casesOf,
  trainerFor,
  fuzzCases,
  atOnce,
  trainsParts,
}: ContractBench): void {
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
      for (const slice of trainedSlices(theCase.model, theCase.scheme)) {
        const { parameter } = slice;
        const { length } = expected[parameter]!;
        const isSplit = precisionsOf(trainer.plan)[parameter] !== 'float32';
        const range = Float32Array.from({ length: Math.ceil(length / 2) }, (_, i) => i + 0.5);
        const start = length - range.length;
        if (isSplit) expect(() => trainer.loadRange(parameter, start, range)).toThrow(RangeError);
        const stretches = stretchesOf(parametersOf(theCase.model)[parameter]!, slice);
        for (const part of isSplit ? stretches : [{ start, length: range.length }]) {
          trainer.loadRange(parameter, part.start, range.subarray(0, part.length));
          expected[parameter]!.set(range.subarray(0, part.length), part.start);
        }
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

  it('moves by momentum, weight decay and the proximal term as plain formulas say', async () => {
    const settings = [
      { momentum: 0.9, weightDecay: 0, proximal: 0 },
      { momentum: 0.8, weightDecay: 0.1, proximal: 0.3 },
      { momentum: 0, weightDecay: 0.1, proximal: 0 },
      { momentum: 0, weightDecay: 0.05, proximal: 0.5 },
    ];
    for (let seed = 1; seed <= casesOf(24); seed++) {
      const theCase = caseOf(6000 + seed);
      const { model, scheme, batch, microBatch, samples, stepSeed, parameters } = theCase;
      const { frozenPrecision, split } = theCase;
      const form = microBatch === batch ? ('whole' as const) : ('accumulating' as const);
      const optimizer = settings[seed % settings.length]!;
      const options = { batch, microBatch, form, frozenPrecision, split, optimizer };
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
}
