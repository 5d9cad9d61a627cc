import { expect, it } from 'vitest';
import { findModel } from '../engine/models.ts';
import { leastDeviceBytes } from '../engine/planTraining.ts';
import { fullScheme, isSameScheme, type UpdateScheme } from '../engine/scheme.ts';
import type { ProbeReport } from '../federation/probePlanner.ts';
import { createProbePlanner } from './createProbePlanner.ts';
import { createFootprint } from './footprint.ts';
import { createSchemeSpace } from './schemeSpace.ts';
import { searchByReports } from './searchByReports.ts';

const MODEL = findModel('digits');
const BATCH = 16;
const space = createSchemeSpace(MODEL);
const costOf = (scheme: UpdateScheme): number => leastDeviceBytes(MODEL, scheme, BATCH);
const searching = { space, footprint: createFootprint(space, BATCH), costOf, seed: 1 };
const planner = createProbePlanner(MODEL, BATCH);

function reportsOf(gainOf: (unit: number, part: string) => number): ProbeReport[] {
  return planner.groups.map((group) => ({
    group,
    ratio: 4,
    product: gainOf(group.unit, group.part),
    samples: 10,
  }));
}

/** That one weight alone gains anything. */
const told = (best: number) => reportsOf((unit, part) => (part === 'weight' && unit === best ? 1 : 0));

it('prefers what devices told to gain most, and fills what room is left', () => {
  const budgetBytes = 192 * 1024;
  const first = searchByReports(told(0), { ...searching, budgetBytes })!;
  const last = searchByReports(told(2), { ...searching, budgetBytes })!;
  expect(first.genome.ratios[0]).toBe(4);
  expect(last.genome.ratios[2]).toBe(4);
  for (const { deviceBytes } of [first, last]) expect(deviceBytes).toBeLessThanOrEqual(budgetBytes);
  // Nobody measured a gain there, and there is room for it.
  const roomy = searchByReports(told(2), { ...searching, budgetBytes: 1e9 })!;
  expect(isSameScheme(roomy.scheme, fullScheme(MODEL))).toBe(true);
});

it('finds nothing where nobody told of a gain, or nothing fits', () => {
  expect(searchByReports([], { ...searching, budgetBytes: 1e9 })).toBeNull();
  expect(
    searchByReports(
      reportsOf(() => -1),
      { ...searching, budgetBytes: 1e9 },
    ),
  ).toBeNull();
  expect(
    searchByReports(
      reportsOf(() => 1),
      { ...searching, budgetBytes: 1000 },
    ),
  ).toBeNull();
});

it('plans the same probe once, at the largest ratio that a budget allows', () => {
  const head = planner.groups.findIndex(({ unit, part }) => unit === 2 && part === 'weight');
  const wide = planner.probeFor(head, 1e9)!;
  expect(wide.ratio).toBe(4);
  expect(planner.probeFor(head, 2e9)).toBe(wide);
  const narrow = planner.probeFor(head, costOf(wide.scheme) - 1)!;
  expect(narrow.ratio).toBeLessThan(4);
  expect(costOf(narrow.scheme)).toBeLessThan(costOf(wide.scheme));
  expect(planner.probeFor(head, 1000)).toBeNull();
});
