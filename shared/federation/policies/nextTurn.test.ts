import { describe, expect, it } from 'vitest';
import { createRandom } from '../../random.ts';
import type { SliceBy } from '../../settings/values.ts';
import { nextTurn, noteParts, type PartTally, type TurnsSoFar } from './nextTurn.ts';

/** Two parts each, and one that all train. */
const TURNS = Array.from({ length: 8 }, (_, turn) => [2 * turn, 2 * turn + 1, 99]);

function soFar(change: Partial<TurnsSoFar> = {}): TurnsSoFar {
  return { tallies: [], out: [], deviceId: 'a', version: 0, random: createRandom(3), ...change };
}

/** Samples that the turns have after so many updates, each accepted before the next is given out. */
function trainedAfter(by: SliceBy, numUpdates: number, samplesOf: (update: number) => number): number[] {
  let tallies: readonly PartTally[] = [];
  const random = createRandom(1);
  const totals = TURNS.map(() => 0);
  for (let update = 0; update < numUpdates; update++) {
    const turn = nextTurn(
      by,
      TURNS,
      soFar({ tallies, random, version: update, deviceId: `d${update % 10}` }),
    );
    const samples = samplesOf(update);
    totals[turn]! += samples;
    tallies = noteParts(tallies, TURNS[turn]!, { samples, norm: turn < 2 ? 3 : 1 });
  }
  return totals;
}

describe('the next turn', () => {
  it('by coverage is the one least trained, whatever each update brought', () => {
    const totals = trainedAfter('coverage', 400, (update) => 1 + ((update * 7) % 50));
    expect(Math.max(...totals) - Math.min(...totals)).toBeLessThanOrEqual(50);
  });

  it('by norm is more often one of long gradients', () => {
    const totals = trainedAfter('norm', 800, () => 1);
    expect(totals[0]! / totals[7]!).toBeCloseTo(3, 0);
    expect(totals[1]! / totals[7]!).toBeCloseTo(3, 0);
  });

  it('counts what is out, so that who asks meanwhile gets another one', () => {
    const out: { parts: readonly number[]; samples: number }[] = [];
    const given = TURNS.map(() => {
      const turn = nextTurn('coverage', TURNS, soFar({ out }));
      out.push({ parts: TURNS[turn]!, samples: 5 });
      return turn;
    });
    expect(new Set(given).size).toBe(TURNS.length);
  });

  it('adds up what turns of other budgets have trained, part by part', () => {
    const tallies = noteParts([], [0, 1, 2, 3, 4], { samples: 4, norm: 1 });
    const turns = [
      [0, 1, 2],
      [3, 4, 5],
      [6, 7, 8],
    ];
    expect(nextTurn('coverage', turns, soFar({ tallies }))).toBe(2);
    expect(nextTurn('coverage', turns.slice(0, 2), soFar({ tallies }))).toBe(1);
  });

  it('by device is its own, by version the next, by chance any, leading the first', () => {
    const tallies = noteParts([], [0, 1], { samples: 1, norm: 1 });
    const nextOf = (by: SliceBy, change: Partial<TurnsSoFar>) =>
      nextTurn(by, TURNS, soFar({ tallies, ...change }));
    const devices = Array.from({ length: 100 }, (_, i) => `device-${i}`);
    const own = devices.map((deviceId) => nextOf('device', { deviceId }));
    expect(new Set(own).size).toBe(TURNS.length);
    expect(devices.map((deviceId) => nextOf('device', { deviceId, version: 9 }))).toEqual(own);
    expect([0, 1, 7, 8].map((version) => nextOf('version', { version }))).toEqual([0, 1, 7, 0]);
    const random = createRandom(5);
    expect(new Set(devices.map(() => nextOf('chance', { random }))).size).toBe(TURNS.length);
    expect(nextOf('leading', { version: 5 })).toBe(0);
  });

  it('of one is no choice, and draws nothing', () => {
    const random = createRandom(5);
    const { state } = random;
    for (const by of ['coverage', 'norm', 'chance'] as const)
      expect(nextTurn(by, [[0]], soFar({ random }))).toBe(0);
    expect(random.state).toBe(state);
  });
});
