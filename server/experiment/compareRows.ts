// Rows of an experiment, and each configuration relative to those that it is compared with, over paired seeds. Pure.
// What did not reach the target in every seed has no time: a miss is never averaged away.

import { meanInterval } from './meanInterval.ts';
import type { Metric } from '../../shared/tasks/metric.ts';
import type { StopReason } from '../../shared/simulate/simulationResult.ts';
import type { FinishedCell } from './cellStore.ts';
import type { Cell } from './cells.ts';

export interface ExperimentRow {
  readonly task: string;
  /** Name of the configuration. */
  readonly strategy: string;
  readonly subset: string;
  /** Share of the devices. */
  readonly stragglers: number;
  readonly devices: number;
  readonly seed: number;
  /** Virtual seconds; null: missed. */
  readonly timeToTarget: number | null;
  /** On test data; -1 where the outputs are no classes. */
  readonly finalAccuracy: number;
  /** Means over devices. */
  readonly deviceBytes: number;
  readonly stepBytes: number;
  /** Of the whole run, both ways. */
  readonly payloadBytes: number;
  readonly versions: number;
  readonly accepted: number;
  readonly refused: number;
  readonly totalFlops: number;
  readonly stragglerWeightShare: number;
  readonly metric: Metric;
  /** On test data, by the task's metric. */
  readonly finalScore: number;
  /** What ended it: `updates`, `virtualSeconds`, `target`; `diverged`, `stalled` or `limit` where it got nowhere. */
  readonly ended: StopReason;
  /** Why it got nowhere; null: it came to its end. */
  readonly cause: string | null;
}

export interface RelativeRow {
  readonly task: string;
  readonly strategy: string;
  readonly subset: string;
  readonly stragglers: number;
  readonly devices: number;
  readonly against: string;
  /** 1 - ours/theirs, of sums over the seeds; null: one of them missed the target in some seed, or theirs is nothing. */
  readonly time: number | null;
  readonly memory: number | null;
  readonly payload: number | null;
  /** 100 x (ours - theirs) by the task's metric, of squared errors the difference itself; mean over paired seeds. */
  readonly accuracyPoints: number;
  /** 95 % interval of it, by Student's t; null for a single seed. */
  readonly ci95: readonly [number, number] | null;
}

export function rowsOf(cells: readonly Cell[], finished: readonly FinishedCell[]): ExperimentRow[] {
  return finished.map(({ config, seed, result }) => {
    const { input, task } = cells.find((cell) => cell.config === config && cell.seed === seed)!;
    return {
      task: result.task,
      strategy: config,
      subset: result.subset,
      stragglers: input.stragglers?.share ?? 0,
      devices: result.devices,
      seed,
      timeToTarget: result.timeToTarget,
      finalAccuracy: result.finalAccuracy,
      deviceBytes: result.deviceBytesMean,
      stepBytes: result.stepBytes,
      payloadBytes: result.payloadBytes,
      versions: result.versions,
      accepted: result.accepted,
      refused: result.refused,
      totalFlops: result.totalFlops,
      stragglerWeightShare: result.stragglerWeightShare,
      metric: task.metric,
      finalScore: result.finalScore,
      ended: result.stoppedBy,
      // Cells of older versions of the code have none.
      cause: result.cause ?? null,
    };
  });
}

export function compareRows(rows: readonly ExperimentRow[], against: readonly string[]): RelativeRow[] {
  const strategies = [...new Set(rows.map(({ strategy }) => strategy))];
  return against.flatMap((other) =>
    strategies
      .filter((strategy) => strategy !== other)
      .flatMap((strategy) => {
        const pairs = rows
          .filter((row) => row.strategy === strategy)
          .flatMap((ours) => {
            const theirs = rows.find((row) => row.strategy === other && row.seed === ours.seed);
            return theirs ? [{ ours, theirs }] : [];
          });
        return pairs.length > 0 ? [compare(pairs, other)] : [];
      }),
  );
}

interface Pair {
  readonly ours: ExperimentRow;
  readonly theirs: ExperimentRow;
}

function compare(pairs: readonly Pair[], against: string): RelativeRow {
  const { task, strategy, subset, stragglers, devices } = pairs[0]!.ours;
  const { metric } = pairs[0]!.ours;
  const points = pairs.map(
    ({ ours, theirs }) => (metric === 'mse' ? 1 : 100) * (ours.finalScore - theirs.finalScore),
  );
  const { mean, half } = meanInterval(points);
  return {
    task,
    strategy,
    subset,
    stragglers,
    devices,
    against,
    time: saved(pairs, ({ timeToTarget }) => timeToTarget),
    memory: saved(pairs, ({ deviceBytes }) => deviceBytes),
    payload: saved(pairs, ({ payloadBytes }) => payloadBytes),
    accuracyPoints: mean,
    ci95: half === null ? null : [mean - half, mean + half],
  };
}

/** Null where anything is missing, or nothing was spent. */
function saved(pairs: readonly Pair[], of: (row: ExperimentRow) => number | null): number | null {
  let [ours, theirs] = [0, 0];
  for (const pair of pairs) {
    const [a, b] = [of(pair.ours), of(pair.theirs)];
    if (a === null || b === null) return null;
    ours += a;
    theirs += b;
  }
  return theirs === 0 ? null : 1 - ours / theirs;
}
