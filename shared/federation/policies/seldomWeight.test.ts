import { describe, expect, it } from 'vitest';
import { countTurns, pushRecent, seldomWeights } from './seldomWeight.ts';

describe('the weight of who is seldom heard', () => {
  it('is one over how often its device is among the newest updates, beside the most seldom of the buffer', () => {
    expect(seldomWeights([1, 4, 2])).toEqual([1, 1 / 4, 1 / 2]);
    expect(seldomWeights([3, 6])).toEqual([1, 1 / 2]);
  });

  it('is 1 where all are heard alike, of a buffer of one, and where nothing was counted', () => {
    expect(seldomWeights([5, 5, 5])).toEqual([1, 1, 1]);
    expect(seldomWeights([9])).toEqual([1]);
    expect(seldomWeights([undefined, 4, undefined])).toEqual([1, 1, 1]);
    expect(seldomWeights([])).toEqual([]);
  });

  it('counts no further back than the window', () => {
    let recent: readonly string[] = [];
    for (const deviceId of ['a', 'a', 'b', 'a']) recent = pushRecent(recent, deviceId, 3);
    expect(recent).toEqual(['a', 'b', 'a']);
    expect(countTurns(recent, 'a')).toBe(2);
    expect(pushRecent(recent, 'c', 0)).toEqual([]);
  });
});
