import { describe, expect, it } from 'vitest';
import { numParameters, type ModelSpec } from '../engine/model.ts';
import { findModel, MODELS } from '../engine/models.ts';
import { planTraining } from '../engine/planTraining.ts';
import { fullScheme, schemeSize, type UpdateScheme } from '../engine/scheme.ts';
import { candidateGenomes } from './candidateGenomes.ts';
import { sliceTurns, SLICE_COUNTS } from './rotatingSchemes.ts';
import { createSelector, type CostOfScheme } from './createSelector.ts';
import { createSchemeSpace } from './schemeSpace.ts';

const WEAKEST = { kind: 'weakest' } as const;
const FULL = { kind: 'full' } as const;
const digits = findModel('digits');

/** A scheme costs 100 bytes and one for each element that it trains. */
const plainCost: CostOfScheme = (model, scheme) => 100 + schemeSize(model, scheme);
/** An eighth of the first layer, and all biases. */
const LEAST = 100 + 18 + 58;

describe('candidates', () => {
  it('are the subsets of the layers, and each with one more layer at a ratio of its weight', () => {
    const genomes = candidateGenomes(createSchemeSpace(digits));
    expect(genomes).toHaveLength(7 + 3 * 4 * 3);
    expect(genomes).toContainEqual({ depth: 3, ratios: [4, 4, 4] });
    expect(genomes).toContainEqual({ depth: 2, ratios: [0, 1, 4] });
    expect(genomes).toContainEqual({ depth: 3, ratios: [4, 0, 2] });
    expect(new Set(genomes.map((genome) => JSON.stringify(genome))).size).toBe(genomes.length);
  });

  it('of a deep model are its last layers, the first of them whole or at a ratio', () => {
    const deep: ModelSpec = {
      ...digits,
      id: 'deep',
      input: [4],
      layers: Array.from({ length: 12 }, (_, i) => ({ kind: 'dense', name: `d${i}`, units: 8 })),
    };
    const genomes = candidateGenomes(createSchemeSpace(deep));
    expect(genomes).toHaveLength(12 + 11 * 3);
    expect(genomes).toContainEqual({ depth: 3, ratios: [0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 4, 4] });
  });
});

describe('the selector', () => {
  it('takes the largest share that fits the smallest budget', () => {
    const select = createSelector(digits, { batch: 16, costOf: plainCost });
    const head = 100 + 15_690;
    expect(select(WEAKEST, [1e6, 20_590])).toEqual({
      scheme: fullScheme(digits),
      deviceBytes: 20_590,
      trainedShare: 1,
    });
    expect(select(WEAKEST, [head, 1e6])).toMatchObject({ deviceBytes: head, trainedShare: 15_690 / 20_490 });
  });

  it('tells the smallest budget that would do', () => {
    const select = createSelector(digits, { batch: 16, costOf: plainCost });
    expect(select(WEAKEST, [LEAST - 1, 1e6])).toEqual({ smallestBudgetBytes: LEAST });
    expect(select(WEAKEST, [LEAST])).toMatchObject({ deviceBytes: LEAST });
    expect(select(FULL, [20_589])).toEqual({ smallestBudgetBytes: 20_590 });
    expect(() => select(WEAKEST, [])).toThrow('at least one budget');
  });

  it('plans what it gives out, each scheme once', () => {
    const planned: UpdateScheme[] = [];
    const select = createSelector(digits, {
      batch: 16,
      costOf: (model, scheme, batch) => {
        planned.push(scheme);
        return plainCost(model, scheme, batch);
      },
    });
    const made = planned.length;
    for (let budget = 1; budget < 1000; budget++) select(WEAKEST, [budget]);
    expect(planned.length - made).toBe(new Set(planned.slice(made)).size);
  });

  it('lets errors of the planner that are no matter of budgets through', () => {
    const broken: ModelSpec = { ...digits, id: 'broken', layers: digits.layers.slice(1) };
    expect(() => createSelector(broken, { batch: 0 })).toThrow('batch must be');
  });

  it.each(MODELS)(
    'with the real planner chooses for $id only what the planner then fits, and misses nothing',
    (model) => {
      const select = createSelector(model, { batch: 16 });
      const none = select(WEAKEST, [0]);
      if ('scheme' in none) throw new Error('a scheme for no memory at all');
      for (
        let budgetBytes = none.smallestBudgetBytes;
        budgetBytes < 2e6;
        budgetBytes = Math.ceil(budgetBytes * (numParameters(model) > 50_000 ? 2 : 1.2))
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

  it('under rotating takes the widest slices that fit, then has first layers in turns of their own', () => {
    const rotating = { kind: 'rotating', sliceBy: 'coverage' } as const;
    const select = createSelector(digits, { batch: 16, costOf: plainCost });
    const trained = (count: number) => 100 + schemeSize(digits, sliceTurns(space, 0, count)[0]!.scheme);
    const space = createSchemeSpace(digits);
    for (const count of SLICE_COUNTS) {
      const turns = sliceTurns(space, 0, count);
      const choice = { scheme: turns[0]!.scheme, turns, deviceBytes: trained(count) };
      expect(select(rotating, [trained(count)])).toMatchObject(choice);
      expect(select(rotating, [1e6, trained(count) + 1])).toMatchObject(choice);
    }
    const fewer = select(rotating, [trained(32) - 1]);
    if (!('scheme' in fewer)) throw new Error('nothing without the first layer');
    expect(fewer.scheme.entries[0]!.tensor).toBe(space.units[1]!.weight.name);
    expect(fewer.turns!.map(({ scheme }) => scheme.entries[0]!.tensor)).toContain(
      space.units[0]!.weight.name,
    );
    for (const { scheme } of fewer.turns!)
      expect(plainCost(digits, scheme, 16)).toBeLessThanOrEqual(fewer.deviceBytes);
    expect(fewer.trainedShare).toBeCloseTo(schemeSize(digits, fewer.scheme) / numParameters(digits), 12);
    const { smallestBudgetBytes } = select(rotating, [0]) as { smallestBudgetBytes: number };
    expect(select(rotating, [smallestBudgetBytes - 1])).toEqual({ smallestBudgetBytes });
    expect(select(rotating, [smallestBudgetBytes])).toMatchObject({ deviceBytes: smallestBudgetBytes });
  });

  it('under rotating gives what the planner then fits, whichever turn it is', () => {
    const select = createSelector(digits, { batch: 16 });
    const budgetBytes = 192 * 1024;
    const choice = select({ kind: 'rotating' }, [budgetBytes]);
    if (!('scheme' in choice)) throw new Error('no turns in 192 KiB');
    expect(choice.turns!.length).toBeGreaterThan(1);
    for (const { scheme } of choice.turns!)
      expect(planTraining(digits, scheme, { batch: 16, budgetBytes }).deviceBytes).toBeLessThanOrEqual(
        budgetBytes,
      );
  });

  it('gives a sensor of 192 KiB a part of digits, and a phone the whole', () => {
    const select = createSelector(digits, { batch: 16 });
    const sensor = select(WEAKEST, [192 * 1024]);
    const phone = select(WEAKEST, [1024 * 1024]);
    expect('scheme' in sensor && sensor.trainedShare).toBeLessThan(1);
    expect('scheme' in phone && phone.trainedShare).toBe(1);
    expect(select(FULL, [192 * 1024])).toHaveProperty('smallestBudgetBytes');
  });
});
