// A run's past as curves: points of server steps and evaluations since it began, and how old updates were.
// Of a long run every second, fourth ... point is kept, so that its history stays small. Knows nothing of viewers.

import type { RunHistory } from '../../shared/contract/dashboard.ts';
import type { StepRecord } from '../../shared/federation/events.ts';
import type { Evaluation } from '../store/keptLines.ts';

/** Of each curve; a screen shows no more. */
const MOST_POINTS = 4000;
/** The last bar of the histogram. */
const OLDEST_STALENESS = 200;

export interface RunHistoryRecorder {
  addStep(record: StepRecord): void;
  addEvaluation(evaluation: Evaluation): void;
  /** Points of versions above `stepVersion`, evaluations later than `evaluatedAtMs`, and the histogram as it is. */
  after(stepVersion: number, evaluatedAtMs: number): RunHistory;
}

/** A recorder that knows what was kept of the run. */
export function createRunHistory(
  steps: Iterable<StepRecord>,
  evaluations: Iterable<Evaluation>,
): RunHistoryRecorder {
  const stepPoints = createCurve<{ readonly atMs: number; readonly version: number }>();
  const evaluationPoints = createCurve<Evaluation>();
  const staleness: number[] = [];

  const recorder: RunHistoryRecorder = {
    addStep({ atMs, version, updates }) {
      stepPoints.add({ atMs, version });
      for (const update of updates) {
        const bar = Math.min(update.staleness, OLDEST_STALENESS);
        while (staleness.length <= bar) staleness.push(0);
        staleness[bar]!++;
      }
    },
    addEvaluation: (evaluation) => evaluationPoints.add(evaluation),
    after(stepVersion, evaluatedAtMs) {
      const newSteps = stepPoints.tail(({ version }) => version > stepVersion);
      const newEvaluations = evaluationPoints.tail(({ atMs }) => atMs > evaluatedAtMs);
      return {
        steps: {
          atMs: newSteps.map(({ atMs }) => atMs),
          version: newSteps.map(({ version }) => version),
        },
        evaluations: {
          atMs: newEvaluations.map(({ atMs }) => atMs),
          version: newEvaluations.map(({ version }) => version),
          score: newEvaluations.map(({ score }) => score),
          loss: newEvaluations.map(({ loss }) => loss),
        },
        staleness: [...staleness],
      };
    },
  };
  for (const step of steps) recorder.addStep(step);
  for (const evaluation of evaluations) recorder.addEvaluation(evaluation);
  return recorder;
}

interface Curve<T> {
  add(point: T): void;
  /** The last points, as far back as `isNew` holds. */
  tail(isNew: (point: T) => boolean): readonly T[];
}

/** Keeps every `stride`-th point and the newest; when there are too many, the stride doubles. */
function createCurve<T>(): Curve<T> {
  let points: T[] = [];
  let numAdded = 0;
  let stride = 1;
  return {
    add(point) {
      const isLastBetween = numAdded > 0 && (numAdded - 1) % stride !== 0;
      if (isLastBetween) points.pop();
      points.push(point);
      numAdded++;
      if (points.length <= MOST_POINTS) return;
      stride *= 2;
      points = points.filter((_, i) => i % 2 === 0 || i === points.length - 1);
    },
    tail(isNew) {
      let from = points.length;
      while (from > 0 && isNew(points[from - 1]!)) from--;
      return points.slice(from);
    },
  };
}
