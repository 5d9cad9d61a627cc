import { describe, expect, it } from 'vitest';
import { budgetsWithSay, isHeard, type Voter } from './say.ts';

const silent = (budgetBytes: number): Voter => ({ budgetBytes, updatesInBudget: 0, acceptedAt: 0 });
const heard = (budgetBytes: number, acceptedAt = 0): Voter => ({
  budgetBytes,
  updatesInBudget: 1,
  acceptedAt,
});

describe('a say in what all train', () => {
  it('have all who are here until somebody is heard, then those alone who are', () => {
    expect(budgetsWithSay([silent(400), silent(1000)], 0, 2)).toEqual([400, 1000]);
    expect(budgetsWithSay([silent(400), heard(1000)], 1, 2)).toEqual([1000]);
    expect(budgetsWithSay([heard(400), heard(1000)], 2, 2)).toEqual([400, 1000]);
  });

  it('is lost by silence while each of the others sends thirty updates', () => {
    expect(isHeard(heard(400, 10), 10 + 30 * 4, 4)).toBe(true);
    expect(isHeard(heard(400, 10), 11 + 30 * 4, 4)).toBe(false);
  });

  it('has not the smallest fiftieth', () => {
    const fleet = Array.from({ length: 49 }, () => heard(1000));
    expect(Math.min(...budgetsWithSay([heard(16), ...fleet.slice(1)], 0, 49))).toBe(16);
    expect(Math.min(...budgetsWithSay([heard(16), ...fleet], 0, 50))).toBe(1000);
  });
});
