import { describe, expect, it } from 'vitest';
import { parametersOf, type ModelSpec } from '../engine/model.ts';
import { lengthOf } from '../engine/range.ts';
import { findModel, MODELS } from '../engine/models.ts';
import { leastDeviceBytes } from '../engine/planTraining.ts';
import { containsScheme, extentsOf, fullScheme, schemeSize } from '../engine/scheme.ts';
import { largeUnits, earlyTurns, sliceTurns } from './rotatingSchemes.ts';
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
      const schemes = sliceTurns(space, 0, count).map(({ scheme }) => scheme);
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
    expect(sliceTurns(space, 0, 1)).toMatchObject([{ scheme: fullScheme(model), trainedShare: 1 }]);
  });

  it('cost the same wherever they lie, and a narrow one lies within the wide one of its place', () => {
    const model = findModel('digits');
    const space = spaceOf(model);
    const narrow = sliceTurns(space, 0, 4);
    expect(new Set(narrow.map(({ scheme }) => leastDeviceBytes(model, scheme, 16))).size).toBe(1);
    const wide = sliceTurns(space, 0, 2);
    narrow.forEach(({ scheme, parts }, place) => {
      const outer = wide[Math.floor(place / 2)]!;
      expect(containsScheme(outer.scheme, scheme), String(place)).toBe(true);
      expect(parts.every((part) => outer.parts.includes(part))).toBe(true);
    });
  });

  it('begin with the layer that is said: what is before it is frozen', () => {
    const [turn] = sliceTurns(spaceOf(ODD), 1, 2);
    expect(turn!.scheme.entries).toEqual([
      { tensor: 'b.weight', output: [0, 19], input: [0, 7] },
      { tensor: 'b.bias', output: [0, 37], input: [0, 1] },
      { tensor: 'c.weight', output: [0, 5], input: [0, 19] },
      { tensor: 'c.bias', output: [0, 5], input: [0, 1] },
    ]);
  });

  it('leave room for turns of what is frozen before them, with the biases behind it', () => {
    const [, turn] = earlyTurns(spaceOf(ODD), 0, 2, 2);
    expect(turn!.scheme.entries).toEqual([
      { tensor: 'a.weight', output: [3, 7], input: [0, 4] },
      { tensor: 'a.bias', output: [0, 7], input: [0, 1] },
      { tensor: 'b.bias', output: [0, 37], input: [0, 1] },
      { tensor: 'c.bias', output: [0, 5], input: [0, 1] },
    ]);
    expect(turn!.parts).toEqual(Array.from({ length: 16 }, (_, part) => 16 + part));
    const late = sliceTurns(spaceOf(ODD), 2, 1)[0]!;
    expect(late.parts).toEqual(Array.from({ length: 32 }, (_, part) => 64 + part));
  });
});
