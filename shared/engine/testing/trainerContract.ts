// The contract of `Trainer`: one suite that every backend passes.

import { describe, expect, it } from 'vitest';
import { addToSketch, SKETCH_SUMS } from '../countSketch.ts';
import { parametersOf } from '../model.ts';
import { findModel } from '../models.ts';
import type { TrainingPlan } from '../plan.ts';
import { planTraining } from '../planTraining.ts';
import { initialParameters } from '../initialParameters.ts';
import { createReferenceTrainer } from '../reference/referenceTrainer.ts';
import { EMPTY_SCHEME, fullScheme, layerScheme, schemeTensors } from '../scheme.ts';
import type { Batch, Trainer } from '../trainer.ts';
import { describeCase, randomCase, type TrainingCase } from './randomCase.ts';
import { judge } from './tfjsOracle.ts';

const NUM_CASES = 60;
const LEARNING_RATE = 0.5;
/** Largest error of an update, relative to the update's largest element. */
const TOLERANCE = 1e-3;

/** Declares the suite for one backend. */
export function describeTrainer(
  name: string,
  createTrainer: (plan: TrainingPlan) => Trainer | Promise<Trainer>,
): void {
  const trainerFor = async (theCase: TrainingCase): Promise<Trainer> => {
    const { model, scheme, batch, microBatch, form } = theCase;
    const trainer = await createTrainer(planTraining(model, scheme, { batch, microBatch, form }));
    trainer.load([...theCase.parameters.keys()], theCase.parameters);
    return trainer;
  };

  describe(`trainer contract: ${name}`, () => {
    it('takes the SGD step that TensorFlow.js would take, over random models, schemes, batches and forms', async () => {
      for (let seed = 1; seed <= NUM_CASES; seed++) {
        const theCase = randomCase(seed);
        // The immediate form is another algorithm over several micro-batches; the reference judges it below.
        if (theCase.form === 'immediate' && theCase.samples.count > theCase.microBatch) continue;
        const trainer = await trainerFor(theCase);
        const { gradients, loss } = await judge(theCase.model, theCase.parameters, theCase.samples);
        trainer.beginUpdate();
        trainer.step(theCase.samples, LEARNING_RATE);
        const metrics = await trainer.takeMetrics();
        expect(metrics.samples).toBe(theCase.samples.count);
        expect(metrics.lossSum / metrics.samples, describeCase(theCase)).toBeCloseTo(loss, 4);
        const expected = schemeTensors(theCase.model, theCase.scheme).map((index) =>
          gradients[index]!.map((gradient) => -LEARNING_RATE * gradient),
        );
        expectUpdate(await trainer.finishUpdate(), expected, describeCase(theCase));
        trainer.dispose();
      }
    });

    it('agrees with the reference after three steps, in every form', async () => {
      for (let seed = 1; seed <= NUM_CASES; seed++) {
        const theCase = randomCase(1000 + seed);
        const trainer = await trainerFor(theCase);
        const reference = createReferenceTrainer(trainer.plan);
        reference.load([...theCase.parameters.keys()], theCase.parameters);
        for (const each of [trainer, reference]) {
          each.beginUpdate();
          for (let step = 0; step < 3; step++) each.step(theCase.samples, 0.05);
        }
        expectUpdate(await trainer.finishUpdate(), [await reference.finishUpdate()], describeCase(theCase));
        trainer.dispose();
      }
    });

    it('leaves frozen tensors bit-identical and moves the trained ones by the update', async () => {
      for (let seed = 1; seed <= 20; seed++) {
        const theCase = randomCase(2000 + seed);
        const trainer = await trainerFor(theCase);
        trainer.beginUpdate();
        trainer.step(theCase.samples, LEARNING_RATE);
        const after = await trainer.read();
        const delta = await trainer.finishUpdate();
        const trained = schemeTensors(theCase.model, theCase.scheme);
        let end = 0;
        after.forEach((values, index) => {
          const before = theCase.parameters[index]!;
          if (!trained.includes(index)) {
            expect(values, describeCase(theCase)).toEqual(before);
          } else {
            values.forEach((value, i) => expect(delta[end + i]!).toBeCloseTo(value - before[i]!, 5));
            end += values.length;
          }
        });
        expect(delta.length).toBe(end);
        trainer.dispose();
      }
    });

    it('sketches the update so far without disturbing it', async () => {
      for (let seed = 1; seed <= 10; seed++) {
        const theCase = randomCase(4000 + seed);
        const trainer = await trainerFor(theCase);
        trainer.beginUpdate();
        trainer.step(theCase.samples, LEARNING_RATE);
        const sketch = await trainer.sketchUpdate();
        const delta = (await trainer.finishUpdate()).slice();
        const expected = new Float32Array(SKETCH_SUMS);
        addToSketch(expected, delta, new Float32Array(delta.length), 0);
        expectUpdate(sketch, [expected], describeCase(theCase));
        trainer.dispose();
      }
    });

    it('evaluates and predicts as TensorFlow.js does, with and without a scheme', async () => {
      for (let seed = 1; seed <= 20; seed++) {
        const theCase = randomCase(3000 + seed);
        const { model, batch, parameters, samples } = theCase;
        const scheme = seed % 2 === 0 ? EMPTY_SCHEME : theCase.scheme;
        const trainer = await createTrainer(planTraining(model, scheme, { batch }));
        trainer.load([...parameters.keys()], parameters);
        const { loss, probabilities } = await judge(model, parameters, samples);
        const predicted = await trainer.predict(samples);
        expect(predicted.length).toBe(probabilities.length);
        predicted.forEach((probability, index) => expect(probability).toBeCloseTo(probabilities[index]!, 5));
        trainer.evaluate(samples);
        trainer.evaluate(samples);
        const metrics = await trainer.takeMetrics();
        expect(metrics.samples).toBe(2 * samples.count);
        expect(metrics.lossSum / metrics.samples).toBeCloseTo(loss, 4);
        expect(metrics.correct).toBe(2 * hitsOf(probabilities, samples));
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

    it('allocates what the plan declares and never more', async () => {
      const model = findModel('digits');
      const plan = planTraining(model, layerScheme(model, ['dense1']), { batch: 8, budgetBytes: 192 * 1024 });
      const trainer = await createTrainer(plan);
      const before = trainer.allocatedBytes;
      expect(before).toBeGreaterThanOrEqual(plan.arenaBytes);
      expect(before).toBeLessThan(plan.arenaBytes + 65536);
      trainer.load([0, 1, 2, 3, 4, 5], initialParameters(model, 1));
      trainer.beginUpdate();
      const inputs = new Uint8Array(8 * 784).fill(100);
      for (let step = 0; step < 3; step++)
        trainer.step({ inputs, labels: new Uint8Array(8), count: 8, scale: 1 / 255 }, 0.1);
      await trainer.finishUpdate();
      expect(trainer.allocatedBytes).toBe(before);
      trainer.dispose();
    });

    it('refuses what does not fit, naming it, and changes nothing', async () => {
      const theCase = randomCase(7);
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
      const theCase = randomCase(8);
      const trainer = await trainerFor(theCase);
      trainer.dispose();
      expect(() => trainer.step(theCase.samples, 0.1)).toThrow('disposed');
      await expect(trainer.read()).rejects.toThrow('disposed');
    });
  });
}

function hitsOf(probabilities: Float32Array, samples: Batch): number {
  const classes = probabilities.length / samples.count;
  let hits = 0;
  for (let n = 0; n < samples.count; n++) {
    const row = probabilities.subarray(n * classes, (n + 1) * classes);
    if (row.indexOf(Math.max(...row)) === samples.labels[n]) hits++;
  }
  return hits;
}

/** Error at most TOLERANCE of the update's largest element, tensor by tensor. */
function expectUpdate(delta: Float32Array, expected: readonly Float32Array[], what: string): void {
  let end = 0;
  for (const values of expected) {
    const size = values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
    let error = 0;
    values.forEach((value, index) => {
      error = Math.max(error, Math.abs(delta[end + index]! - value));
    });
    expect(Number.isFinite(error), what).toBe(true);
    expect(error, what).toBeLessThanOrEqual(TOLERANCE * size + 1e-9);
    end += values.length;
  }
  expect(delta.length, what).toBe(end);
}
