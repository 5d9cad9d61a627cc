import { describe, expect, it } from 'vitest';
import { uploadOf } from '../contract/deltaBytes.ts';
import { AS_IT_IS } from '../engine/messageRoom.ts';
import { MODELS } from '../engine/models.ts';
import { leastDeviceBytes } from '../engine/planTraining.ts';
import { createFootprint } from './footprint.ts';
import { createSchemeSpace, emptyGenome } from './schemeSpace.ts';
import { randomGenomes } from './testing/randomGenomes.ts';

describe('the footprint', () => {
  const topK = uploadOf({ kind: 'topK', share: 0.1 });
  const cases = MODELS.flatMap((model) => [
    { model, upload: AS_IT_IS, split: false, name: `${model.id} agrees with the planner` },
    {
      model,
      upload: topK,
      split: true,
      name: `${model.id} agrees with the planner where slices are held apart`,
    },
    {
      model,
      upload: topK,
      split: false,
      name: `${model.id} agrees with the planner where a part of the delta goes up`,
    },
  ]);

  it.each(cases)('of $name', ({ model, upload, split }) => {
    const space = createSchemeSpace(model);
    const footprint = createFootprint(space, 16, upload, split);
    const ratios = randomGenomes(space, 11, space.units.length > 20 ? 8 : 20).map(
      (genome) => leastDeviceBytes(model, space.schemeOf(genome), 16, upload, split) / footprint(genome),
    );
    expect(Math.min(...ratios)).toBeGreaterThan(0.95);
    // With less of parameters the gaps of the placement count for more.
    expect(Math.max(...ratios)).toBeLessThan(split ? 1.05 : 1.02);
    expect(ratios.sort((a, b) => a - b)[ratios.length >> 1]).toBeCloseTo(1, 3);
  });

  it('of nothing is nothing', () => {
    const space = createSchemeSpace(MODELS[0]!);
    expect(createFootprint(space, 16)(emptyGenome(space))).toBe(0);
  });
});
