import { describe, expect, it } from 'vitest';
import { BudgetError } from '../../shared/engine/errors.ts';
import type { ModelSpec } from '../../shared/engine/model.ts';
import { findModel, MODELS } from '../../shared/engine/models.ts';
import { planTraining } from '../../shared/engine/planTraining.ts';
import { fullScheme, schemeSize } from '../../shared/engine/scheme.ts';
import { createSelector, type PlanFor } from './createSelector.ts';
import { wholeLayerSchemes } from './wholeLayerSchemes.ts';

const WEAKEST = { kind: 'weakest' } as const;
const FULL = { kind: 'full' } as const;
const digits = findModel('digits');

/** A scheme costs 100 bytes and one for each element that it trains. */
const plainCost: PlanFor = (model, scheme, { budgetBytes }) => {
  const deviceBytes = 100 + schemeSize(model, scheme);
  if (deviceBytes > budgetBytes) throw new BudgetError(model.id, budgetBytes, deviceBytes);
  return { deviceBytes };
};

describe('whole-layer schemes', () => {
  it('are the non-empty subsets of the layers, weight and bias together', () => {
    const schemes = wholeLayerSchemes(digits);
    expect(schemes).toHaveLength(7);
    expect(schemes.at(-1)).toEqual(fullScheme(digits));
    expect(new Set(schemes.map((scheme) => JSON.stringify(scheme))).size).toBe(7);
    for (const { entries } of schemes)
      expect(entries.filter(({ tensor }) => tensor.endsWith('.bias'))).toHaveLength(entries.length / 2);
  });

  it('of a deep model are the runs of neighbouring layers', () => {
    const deep: ModelSpec = {
      ...digits,
      id: 'deep',
      input: [4],
      layers: Array.from({ length: 12 }, (_, i) => ({ kind: 'dense', name: `d${i}`, units: 3 })),
    };
    expect(wholeLayerSchemes(deep)).toHaveLength((12 * 13) / 2);
  });
});

describe('the selector', () => {
  it('takes the largest share that fits the smallest budget', () => {
    const select = createSelector(digits, { batch: 16, planFor: plainCost });
    const head = 100 + 15_690;
    expect(select(WEAKEST, [1e6, 20_590])).toEqual({
      scheme: fullScheme(digits),
      deviceBytes: 20_590,
      trainedShare: 1,
    });
    expect(select(WEAKEST, [head, 1e6])).toMatchObject({ deviceBytes: head, trainedShare: 15_690 / 20_490 });
  });

  it('tells the smallest budget that would do', () => {
    const select = createSelector(digits, { batch: 16, planFor: plainCost });
    expect(select(WEAKEST, [259, 1e6])).toEqual({ smallestBudgetBytes: 260 });
    expect(select(WEAKEST, [260])).toMatchObject({ deviceBytes: 260 });
    expect(select(FULL, [20_589])).toEqual({ smallestBudgetBytes: 20_590 });
    expect(() => select(WEAKEST, [])).toThrow('at least one budget');
  });

  it('takes the score it is given, and of equal scores the one of fewer bytes', () => {
    const select = createSelector(digits, { batch: 16, planFor: plainCost, score: () => 1 });
    expect(select(WEAKEST, [1e6])).toMatchObject({ deviceBytes: 260 });
  });

  it('plans only when it is made', () => {
    let plans = 0;
    const select = createSelector(digits, {
      batch: 16,
      planFor: (...args) => {
        plans++;
        return plainCost(...args);
      },
    });
    const made = plans;
    for (let budget = 1; budget < 1000; budget++) select(WEAKEST, [budget]);
    expect(plans).toBe(made);
  });

  it('lets errors of the planner that are no matter of budgets through', () => {
    const broken: ModelSpec = { ...digits, id: 'broken', layers: digits.layers.slice(1) };
    expect(() => createSelector(broken, { batch: 0, planFor: planTraining })).toThrow(RangeError);
  });

  it.each(MODELS)(
    'with the real planner chooses for $id only what the planner then fits, and misses nothing',
    (model) => {
      const select = createSelector(model, { batch: 16, planFor: planTraining });
      const none = select(WEAKEST, [0]);
      if ('scheme' in none) throw new Error('a scheme for no memory at all');
      for (
        let budgetBytes = none.smallestBudgetBytes;
        budgetBytes < 2e6;
        budgetBytes = Math.ceil(budgetBytes * 1.1)
      ) {
        const choice = select(WEAKEST, [budgetBytes]);
        if (!('scheme' in choice)) throw new Error(`nothing fits ${budgetBytes} bytes`);
        const plan = planTraining(model, choice.scheme, { batch: 16, budgetBytes });
        expect(plan.deviceBytes).toBeLessThanOrEqual(budgetBytes);
        expect(choice.deviceBytes).toBeLessThanOrEqual(plan.deviceBytes);
        expect(choice.trainedShare).toBeCloseTo(plan.trainedShare, 12);
      }
      expect(select(WEAKEST, [none.smallestBudgetBytes - 1])).toEqual(none);
    },
  );

  it('gives a sensor of 192 KiB a part of digits, and a phone the whole', () => {
    const select = createSelector(digits, { batch: 16, planFor: planTraining });
    const sensor = select(WEAKEST, [192 * 1024]);
    const phone = select(WEAKEST, [1024 * 1024]);
    expect('scheme' in sensor && sensor.trainedShare).toBeLessThan(1);
    expect('scheme' in phone && phone.trainedShare).toBe(1);
    expect(select(FULL, [192 * 1024])).toHaveProperty('smallestBudgetBytes');
  });
});
