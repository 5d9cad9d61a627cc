// What a trainer says, holds, takes and refuses: the second half of the suite that every trainer passes.

import { expect, it } from 'vitest';
import { numParameters, parametersOf } from '../model.ts';
import { findModel } from '../models.ts';
import { heldSlices } from '../heldSlices.ts';
import { planTraining } from '../planTraining.ts';
import { initialParameters } from '../initialParameters.ts';
import { precisionsOf } from '../parameterTransfer.ts';
import { EMPTY_SCHEME, fullScheme, layerScheme, stretchesOf, trainedSlices } from '../scheme.ts';
import type { Batch } from '../trainer.ts';
import { decodeWeight, encodeWeight } from '../weightCodec.ts';
import { describeCase } from './randomCase.ts';
import { judge } from './tfjsOracle.ts';
import { expectUpdate, hitsOf, type ContractBench } from './contractBench.ts';

const LEARNING_RATE = 0.5;

export function declareHolding({
  createTrainer,
  caseOf,
  casesOf,
  trainerFor,
  enforcesBudget,
}: ContractBench): void {
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
      const last = parameters.length - 1;
      expect(await trainer.read([last, 0])).toEqual([parameters[last], parameters[0]]);
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
      const { model, scheme, batch, microBatch, form, frozenPrecision, split, parameters } = theCase;
      const plan = planTraining(model, scheme, { batch, microBatch, form, frozenPrecision, split });
      const trainer = await createTrainer(plan);
      const indices = [...parameters.keys()].reverse();
      const precisions = precisionsOf(plan);
      const blocks = indices.flatMap((index) => {
        const { matrix } = plan.tensors[plan.parameterIds[index]!]!;
        return [...encodeWeight(parameters[index]!, matrix!, precisions[index]!)];
      });
      const slices = heldSlices(plan).filter(({ apart }) => apart !== null);
      trainer.loadEncoded(indices, Uint8Array.from(blocks));
      const rounded = [...parameters];
      for (const { parameter } of slices) {
        const { matrix } = plan.tensors[plan.parameterIds[parameter]!]!;
        rounded[parameter] = decodeWeight(
          encodeWeight(parameters[parameter]!, matrix!, 'int8'),
          matrix!,
          'int8',
        );
      }
      expect(await trainer.read(), describeCase(theCase)).toEqual(rounded);
      for (const slice of trainedSlices(model, scheme))
        for (const { start, length } of stretchesOf(parametersOf(model)[slice.parameter]!, slice))
          trainer.loadRange(
            slice.parameter,
            start,
            parameters[slice.parameter]!.slice(start, start + length),
          );
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
}
