import { describe, expect, it } from 'vitest';
import { numParameters } from '../engine/model.ts';
import { findModel, MODELS } from '../engine/models.ts';
import { fullScheme, schemeSize } from '../engine/scheme.ts';
import { createSchemeSpace, genomeSize, lastLayers, wholeGenome } from './schemeSpace.ts';
import { randomGenomes } from './testing/randomGenomes.ts';

describe('the scheme space', () => {
  it.each(MODELS)('of $id has the whole model as its largest scheme', (model) => {
    const space = createSchemeSpace(model);
    expect(space.schemeOf(wholeGenome(space))).toEqual(fullScheme(model));
    expect(genomeSize(space, wholeGenome(space))).toBe(numParameters(model));
  });

  it.each(MODELS)(
    'of $id counts the elements of a genome as the engine counts those of its scheme',
    (model) => {
      const space = createSchemeSpace(model);
      for (const genome of randomGenomes(space, 1, 20))
        expect(genomeSize(space, genome)).toBe(schemeSize(model, space.schemeOf(genome)));
    },
  );

  it.each(MODELS)('of $id tells the genome of a scheme', (model) => {
    const space = createSchemeSpace(model);
    for (const genome of randomGenomes(space, 2, 20)) {
      const scheme = space.schemeOf(genome);
      expect(space.schemeOf(space.genomeOf(scheme))).toEqual(scheme);
    }
  });

  it('takes shares of output channels, and of the last layer shares of its inputs for all classes', () => {
    const space = createSchemeSpace(findModel('digits'));
    expect(space.schemeOf({ depth: 1, ratios: [0, 1, 3] }).entries).toEqual([
      { tensor: 'conv2.weight', output: [0, 4], input: [0, 16] },
      { tensor: 'dense1.weight', output: [0, 10], input: [0, 784] },
      { tensor: 'dense1.bias', output: [0, 10], input: [0, 1] },
    ]);
  });

  it('counts scale and shift of a norm to the layer before it', () => {
    const space = createSchemeSpace(findModel('resnet8-32'));
    const stem = space.units[0]!;
    expect(stem.small.map(({ name }) => name)).toEqual(['stem.bias', 'stem.norm.scale', 'stem.norm.shift']);
    const { entries } = space.schemeOf(lastLayers(space, 1));
    expect(entries.map(({ tensor }) => tensor)).toEqual(['dense1.weight', 'dense1.bias']);
  });
});
