import { describe, expect, it } from 'vitest';
import { parametersOf, type ModelSpec } from '../engine/model.ts';
import { lengthOf } from '../engine/range.ts';
import { findModel, MODELS } from '../engine/models.ts';
import { leastDeviceBytes } from '../engine/planTraining.ts';
import { containsScheme, extentsOf, fullScheme, schemeSize } from '../engine/scheme.ts';
import { largeUnits, rotatingSchemes } from './rotatingSchemes.ts';
import { createSchemeSpace } from './schemeSpace.ts';

/** Outputs, and inputs of the last layer, that no power of two divides. */
const ODD: ModelSpec = {
  id: 'odd',
  input: [4],
  layers: [
    { kind: 'dense', name: 'a', units: 7 },
    { kind: 'dense', name: 'b', units: 37 },
    { kind: 'dense', name: 'c', units: 5 },
  ],
  loss: 'softmaxCrossEntropy',
};

const spaceOf = (model: ModelSpec) => createSchemeSpace(model);
const names = (model: ModelSpec): string[] =>
  [...largeUnits(spaceOf(model))].map((unit) => spaceOf(model).units[unit]!.layer);

describe('slices in turn', () => {
  it('are of the fewest layers that hold nine tenths of the weights', () => {
    expect(names(findModel('small-cnn'))).toEqual(['dense1']);
    expect(names(findModel('mlp'))).toEqual(['dense1']);
    expect(names(ODD)).toEqual(['b', 'c']);
  });

  it.each([...MODELS, ODD])('of $id train together everything, and all that is small each time', (model) => {
    const space = spaceOf(model);
    const parameters = parametersOf(model);
    for (const count of [2, 32] as const) {
      const schemes = rotatingSchemes(space, 0, count);
      expect(schemes).toHaveLength(count);
      expect(new Set(schemes.map((scheme) => schemeSize(model, scheme))).size).toBe(1);
      parameters.forEach((parameter) => {
        const { inputs, outputs } = extentsOf(parameter);
        const entries = schemes.map(({ entries }) =>
          entries.find(({ tensor }) => tensor === parameter.name)!,
        );
        // A slice goes across all of the other side.
        const isAcross = entries.every(({ input }) => lengthOf(input) === inputs);
        if (!isAcross) expect(entries.every(({ output }) => lengthOf(output) === outputs)).toBe(true);
        const missing = new Set(Array.from({ length: isAcross ? outputs : inputs }, (_, index) => index));
        for (const { input, output } of entries) {
          const [from, to] = isAcross ? output : input;
          for (let index = from; index < to; index++) missing.delete(index);
        }
        expect([...missing], parameter.name).toEqual([]);
      });
    }
    expect(rotatingSchemes(space, 0, 1)).toEqual([fullScheme(model)]);
  });

  it('cost the same wherever they lie, and a narrow one lies within the wide one of its place', () => {
    const model = findModel('digits');
    const space = spaceOf(model);
    const narrow = rotatingSchemes(space, 0, 4);
    expect(new Set(narrow.map((scheme) => leastDeviceBytes(model, scheme, 16))).size).toBe(1);
    const wide = rotatingSchemes(space, 0, 2);
    narrow.forEach((scheme, place) =>
      expect(containsScheme(wide[Math.floor(place / 2)]!, scheme), String(place)).toBe(true),
    );
  });

  it('begin with the layer that is said: what is before it is frozen', () => {
    const [scheme] = rotatingSchemes(spaceOf(ODD), 1, 2);
    expect(scheme!.entries).toEqual([
      { tensor: 'b.weight', output: [0, 19], input: [0, 7] },
      { tensor: 'b.bias', output: [0, 37], input: [0, 1] },
      { tensor: 'c.weight', output: [0, 5], input: [0, 19] },
      { tensor: 'c.bias', output: [0, 5], input: [0, 1] },
    ]);
  });
});
