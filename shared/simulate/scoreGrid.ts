// Scores versions on a fixed grid of virtual times. Versions that are seen at several of them are scored once.
// Knows nothing of devices.

import type { Parameters } from '../engine/model.ts';
import { isReached, type Metric } from '../tasks/metric.ts';
import type { Pending, Scores } from './compute.ts';
import type { CostSoFar, CurvePoint } from './simulationResult.ts';

/** So many in a row must be at or above the target. */
const NUM_CONSECUTIVE = 3;

export interface ScoreGrid {
  /** The next time of the grid. */
  readonly nextAtMs: number;
  /** Points so far. */
  readonly count: number;
  /** The newest score that is known, -1 before the first. */
  readonly newest: number;
  /** Notes what the version is, and what it has cost, at the next time of the grid. */
  note(version: number, parameters: Parameters, cost: CostSoFar): void;
  /** All points so far, or so many of the last. */
  curve(last?: number): Promise<CurvePoint[]>;
}

export function createScoreGrid(
  everyMs: number,
  score: (parameters: Parameters, dueMs: number) => Pending<Scores>,
): ScoreGrid {
  const points: Omit<CurvePoint, keyof Scores>[] = [];
  const scores = new Map<number, Promise<Scores>>();
  let newest = -1;
  let newestVersion = -1;
  return {
    get nextAtMs() {
      return points.length * everyMs;
    },
    get count() {
      return points.length;
    },
    get newest() {
      return newest;
    },
    note(version, parameters, cost) {
      const atMs = points.length * everyMs;
      points.push({ virtualSeconds: atMs / 1000, version, ...cost });
      if (scores.has(version)) return;
      const { outcome } = score(parameters, atMs);
      scores.set(version, outcome);
      outcome.then(
        (known) => {
          if (version < newestVersion) return;
          newestVersion = version;
          newest = known.score;
        },
        // Told to who asks for the curve.
        () => {},
      );
    },
    curve: (last = points.length) =>
      Promise.all(
        points.slice(Math.max(0, points.length - last)).map(async (point) => {
          const { score, accuracy, loss } = await scores.get(point.version)!;
          return { ...point, score, accuracy, loss };
        }),
      ),
  };
}

/** Virtual seconds of the first of three consecutive points at or above the target (for `mse`: below); null: not reached. */
export function timeToTarget(curve: readonly CurvePoint[], metric: Metric, target: number): number | null {
  const first = curve.findIndex((_, i) => {
    const row = curve.slice(i, i + NUM_CONSECUTIVE);
    return row.length === NUM_CONSECUTIVE && row.every(({ score }) => isReached(metric, score, target));
  });
  return first < 0 ? null : curve[first]!.virtualSeconds;
}
