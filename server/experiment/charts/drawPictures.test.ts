import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { CurvePoint, SimulationResult } from '../../../shared/simulate/simulationResult.ts';
import type { CellOutcome } from '../outcomes.ts';
import { parseExperiment } from '../experimentFile.ts';
import type { Summary } from '../summary.ts';
import { drawPictures } from './drawPictures.ts';
import { spread, wrap } from './placeLabels.ts';

const NAMES = Array.from({ length: 20 }, (_, i) => `strategy-${i + 1}`);
const EXPERIMENT = parseExperiment({
  kind: 'simulated',
  title: 'Many',
  world: 'world.json',
  seeds: [1],
  base: {},
  configs: NAMES.map((name) => ({ name, label: `Number ${name}` })),
  against: ['strategy-3'],
  pictures: [{ name: 'accuracy', title: 'Accuracy', kind: 'curves', x: 'virtualSeconds' }],
});

/** Ends early and high, or late and low. */
function summaryOf(name: string, i: number): Summary {
  const curve = Array.from({ length: 5 + i }, (_, k): CurvePoint => {
    const score = 0.5 + 0.3 * (1 - 1 / (k + 1)) - 0.005 * i;
    return {
      virtualSeconds: 3 * k,
      version: k,
      updates: k,
      payloadBytes: k,
      score,
      accuracy: score,
      loss: 1,
    };
  });
  const result = { curve, target: 0.7 } as unknown as SimulationResult;
  return {
    condition: { values: {}, key: '', label: '' },
    name,
    label: `Number ${name}`,
    results: [result],
    outcomes: [{ metric: 'accuracy', result } as unknown as CellOutcome],
  } as unknown as Summary;
}

test('no more than eight curves a picture, each named beside it, with what all are compared with in each', () => {
  const pictures = drawPictures(EXPERIMENT, NAMES.map(summaryOf));
  expect(pictures.map(({ file }) => file)).toEqual(['accuracy', 'accuracy-2', 'accuracy-3']);
  const named = pictures.map(({ svg }) =>
    [...svg.matchAll(/>Number (strategy-\d+)</g)].map(([, name]) => name!),
  );
  for (const names of named) {
    expect(names.length).toBeLessThanOrEqual(8);
    expect(names).toContain('strategy-3');
  }
  expect(new Set(named.flat())).toEqual(new Set(NAMES));
  // A rim below a text cannot be printed.
  for (const { svg } of pictures) expect(svg).not.toContain('paint-order');
});

test('names are never over one another, and stay where there is room', () => {
  const item = fc.record({ wanted: fc.double({ min: 0, max: 400, noNaN: true }), height: fc.constant(30) });
  fc.assert(
    fc.property(fc.array(item, { minLength: 1, maxLength: 8 }), (items) => {
      const sorted = [...items].sort((a, b) => a.wanted - b.wanted);
      const tops = spread(sorted, 0, 400);
      tops.forEach((top, i) => {
        expect(top).toBeGreaterThanOrEqual(-1e-6);
        expect(top + 30).toBeLessThanOrEqual((tops[i + 1] ?? 400) + 1e-6);
      });
    }),
  );
  expect(wrap('FTTE quick, all local steps', 12)).toEqual(['FTTE quick,', 'all local', 'steps']);
});
