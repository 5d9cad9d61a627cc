import { describe, expect, it } from 'vitest';
import { findModel } from '../engine/models.ts';
import { leastDeviceBytes, planTraining } from '../engine/planTraining.ts';
import { containsScheme, EMPTY_SCHEME, type UpdateScheme } from '../engine/scheme.ts';
import { contributionOf } from './contributions.ts';
import { createFootprint } from './footprint.ts';
import { createSchemeSpace, emptyGenome, lastLayers, wholeGenome } from './schemeSpace.ts';
import { searchScheme, type SearchOptions } from './searchScheme.ts';
import { allGenomes, randomContributions } from './testing/randomGenomes.ts';

const BATCH = 16;

function problemOf(id: string, seed: number): Omit<SearchOptions, 'budgetBytes'> {
  const model = findModel(id);
  const space = createSchemeSpace(model);
  return {
    space,
    contributions: randomContributions(space, seed),
    footprint: createFootprint(space, BATCH),
    costOf: (scheme) => leastDeviceBytes(model, scheme, BATCH),
    seed,
  };
}

/** A budget between those of nothing and of everything. */
function budgetAt({ space, costOf }: Omit<SearchOptions, 'budgetBytes'>, share: number): number {
  const least = costOf(space.schemeOf({ ...emptyGenome(space), depth: 1 }));
  return Math.round(least + share * (costOf(space.schemeOf(wholeGenome(space))) - least));
}

/** The largest contribution that the planner itself lets within the budget. */
function bruteForce(problem: Omit<SearchOptions, 'budgetBytes'>, budgetBytes: number): number {
  let best = 0;
  for (const genome of allGenomes(problem.space)) {
    const contribution = contributionOf(problem.contributions, genome);
    const scheme = problem.space.schemeOf(genome);
    if (contribution > best && scheme.entries.length > 0 && problem.costOf(scheme) <= budgetBytes)
      best = contribution;
  }
  return best;
}

describe('the search', () => {
  it.each([
    ['mlp', 1],
    ['digits', 2],
    ['digits', 3],
    ['small-cnn', 4],
    ['har-cnn', 5],
  ])('comes within 1 %% of brute force on %s, seed %i', (id, seed) => {
    const problem = problemOf(id, seed);
    for (const share of [0.02, 0.2, 0.6]) {
      const budgetBytes = budgetAt(problem, share);
      const found = searchScheme({ ...problem, budgetBytes })!;
      expect(found.contribution).toBeGreaterThanOrEqual(0.99 * bruteForce(problem, budgetBytes));
      expect(found.contribution).toBe(contributionOf(problem.contributions, found.genome));
    }
  });

  it('of a deep model finds what the planner fits, better than the last layers, and tells how far it is', () => {
    const problem = problemOf('mobilenetv2-035-32', 7);
    const budgetBytes = budgetAt(problem, 0.2);
    const shares: number[] = [];
    const found = searchScheme({ ...problem, budgetBytes, onProgress: (share) => shares.push(share) })!;
    const { model } = problem.space;
    const plan = planTraining(model, found.scheme, { batch: BATCH, budgetBytes });
    expect(plan.deviceBytes).toBeLessThanOrEqual(budgetBytes);
    expect(found).toMatchObject({ deviceBytes: problem.costOf(found.scheme) });
    expect(found.trainedShare).toBeCloseTo(plan.trainedShare, 12);
    for (let count = 0; count <= problem.space.units.length; count++) {
      const last = lastLayers(problem.space, count);
      if (problem.footprint(last) > budgetBytes) break;
      expect(found.contribution).toBeGreaterThan(contributionOf(problem.contributions, last));
    }
    expect(shares.at(-1)).toBe(1);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
  });

  it('finds the same again', () => {
    const problem = problemOf('digits', 8);
    const search = () => searchScheme({ ...problem, budgetBytes: budgetAt(problem, 0.3) });
    expect(search()).toEqual(search());
  });

  it('believes the planner where the footprint is wrong', () => {
    const problem = problemOf('digits', 9);
    const budgetBytes = budgetAt(problem, 0.3);
    const found = searchScheme({
      ...problem,
      footprint: (genome) => 0.8 * problem.footprint(genome),
      budgetBytes,
    });
    expect(found!.deviceBytes).toBeLessThanOrEqual(budgetBytes);
  });

  it('finds nothing where nothing fits', () => {
    const problem = problemOf('digits', 1);
    expect(searchScheme({ ...problem, budgetBytes: budgetAt(problem, 0) - 1 })).toBeNull();
  });
});

describe('nested schemes', () => {
  it.each(['digits', 'small-cnn', 'resnet8-32'])('of %s fit their budgets, each within the next', (id) => {
    const problem = problemOf(id, 3);
    const { space } = problem;
    let inner: UpdateScheme = EMPTY_SCHEME;
    for (const share of [0.05, 0.2, 0.5, 0.9]) {
      const budgetBytes = budgetAt(problem, share);
      const found = searchScheme({ ...problem, budgetBytes, floor: space.genomeOf(inner) })!;
      expect(found.deviceBytes).toBeLessThanOrEqual(budgetBytes);
      expect(containsScheme(found.scheme, inner)).toBe(true);
      inner = found.scheme;
    }
    expect(searchScheme({ ...problem, budgetBytes: 1, floor: space.genomeOf(inner) })).toBeNull();
  });
});
