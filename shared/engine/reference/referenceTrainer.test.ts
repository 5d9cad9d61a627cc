import { describe, expect, it } from 'vitest';
import { planTraining } from '../planTraining.ts';
import { parametersOf } from '../model.ts';
import { stretchesOf, trainedSlices } from '../scheme.ts';
import { describeCase, randomCase } from '../testing/randomCase.ts';
import { describeTrainer } from '../testing/trainerContract.ts';
import { createReferenceTrainer } from './referenceTrainer.ts';

describeTrainer('reference', createReferenceTrainer, { fuzzCases: 20 });

describe('reference trainer', () => {
  it('has gradients that agree with finite differences of its own loss', async () => {
    let checked = 0;
    for (let seed = 1; seed <= 60; seed++) {
      const theCase = randomCase(5000 + seed);
      // Dropout is at work in a step and not in an evaluation: TensorFlow.js judges those cases.
      if (theCase.model.layers.some((layer) => layer.kind === 'dropout')) continue;
      const { model, scheme, batch, frozenPrecision, split, parameters, samples } = theCase;
      const trainer = createReferenceTrainer(planTraining(model, scheme, { batch, frozenPrecision, split }));
      const indices = [...parameters.keys()];
      const lossAt = async (index: number, element: number, value: number) => {
        const moved = parameters.map((values) => values.slice());
        moved[index]![element] = value;
        trainer.load(indices, moved);
        trainer.evaluate(samples);
        const { lossSum } = await trainer.takeMetrics();
        return { loss: lossSum / samples.count, at: moved[index]![element]! };
      };
      trainer.load(indices, parameters);
      trainer.beginUpdate();
      trainer.step(samples, 1);
      const delta = await trainer.finishUpdate();
      await trainer.takeMetrics();
      const size = delta.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
      let end = 0;
      const specs = parametersOf(model);
      for (const slice of trainedSlices(model, scheme)) {
        const index = slice.parameter;
        const elements = stretchesOf(specs[index]!, slice).flatMap(({ start, length }) =>
          Array.from({ length }, (_, i) => start + i),
        );
        const place = (seed * 13) % elements.length;
        const element = elements[place]!;
        const value = parameters[index]![element]!;
        const [below, above] = [
          await lossAt(index, element, value - 2e-5),
          await lossAt(index, element, value + 2e-5),
        ];
        const tangent = (above.loss - below.loss) / (above.at - below.at);
        expect(Math.abs(-delta[end + place]! - tangent), describeCase(theCase)).toBeLessThanOrEqual(
          1e-3 * size + 1e-6,
        );
        end += elements.length;
        checked++;
      }
    }
    expect(checked).toBeGreaterThan(80);
  });
});
