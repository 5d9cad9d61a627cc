// Rows of an experiment, and each configuration relative to those that it is compared with, over paired seeds of one condition. Pure.
// What did not reach the target in every seed has no time: a miss is never averaged away.

import { meanInterval } from './meanInterval.ts';
import type { Metric } from '../../shared/tasks/metric.ts';
import type { StopReason } from '../../shared/simulate/simulationResult.ts';
import { FIGURES, type FigureName } from './figures.ts';
import type { CellOutcome } from './outcomes.ts';

export interface ExperimentRow {
  readonly task: string;
  /** Names of the values by axis; empty without axes. */
  readonly condition: Readonly<Record<string, string>>;
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
  /** Those that are not there under another name; null: it has none. */
  readonly figures: Readonly<Partial<Record<FigureName, number | null>>>;
}

/** Part of what was spent, saved: 1 - ours/theirs. */
export type Saved = number | null;
/** 95 %, by Student's t; null for a single seed. */
export type Interval = readonly [number, number] | null;

export interface RelativeRow {
  readonly task: string;
  readonly condition: Readonly<Record<string, string>>;
  readonly strategy: string;
  readonly subset: string;
  readonly stragglers: number;
  readonly devices: number;
  readonly against: string;
  /** 1 - ours/theirs, of sums over the seeds; null: one of them missed the target in some seed, or theirs is nothing. */
  readonly time: Saved;
  readonly memory: Saved;
  readonly payload: Saved;
  readonly payloadToTarget: Saved;
  /** Of the logarithm of each pair's ratio, as a part saved. */
  readonly timeCi95: Interval;
  readonly memoryCi95: Interval;
  readonly payloadCi95: Interval;
  readonly payloadToTargetCi95: Interval;
  /** 100 x (ours - theirs) by the task's metric, of squared errors the difference itself; mean over paired seeds. */
  readonly accuracyPoints: number;
  readonly ci95: Interval;
}

/** They have columns of their own. */
const NAMED: readonly FigureName[] = ['score', 'timeToTarget', 'deviceBytes', 'stragglerWeight'];

export function rowsOf(outcomes: readonly CellOutcome[]): ExperimentRow[] {
  return outcomes.map((outcome) => {
    const { cell, result } = outcome;
    const { input, task, condition, config, seed } = cell;
    return {
      task: result.task,
      condition: condition.values,
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
      figures: Object.fromEntries(
        Object.entries(FIGURES)
          .filter(([name]) => !NAMED.includes(name as FigureName))
          .map(([name, figure]) => [name, figure.of(outcome)]),
      ),
    };
  });
}

export function conditionKeyOf(values: Readonly<Record<string, string>>): string {
  return Object.values(values).join(' ');
}

export function compareRows(rows: readonly ExperimentRow[], against: readonly string[]): RelativeRow[] {
  const groups = [...groupRows(rows).values()];
  return against.flatMap((other) =>
    groups.flatMap((group) => {
      const theirs = group.filter(({ strategy }) => strategy === other);
      const strategies = [...new Set(group.map(({ strategy }) => strategy))];
      return strategies
        .filter((strategy) => strategy !== other)
        .flatMap((strategy) => {
          const pairs = group
            .filter((row) => row.strategy === strategy)
            .flatMap((ours) => {
              const pair = theirs.find(({ seed }) => seed === ours.seed);
              return pair ? [{ ours, theirs: pair }] : [];
            });
          return pairs.length > 0 ? [compare(pairs, other)] : [];
        });
    }),
  );
}

/** By condition, in their order. */
function groupRows(rows: readonly ExperimentRow[]): Map<string, ExperimentRow[]> {
  const groups = new Map<string, ExperimentRow[]>();
  for (const row of rows) {
    const key = conditionKeyOf(row.condition);
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return groups;
}

interface Pair {
  readonly ours: ExperimentRow;
  readonly theirs: ExperimentRow;
}

function compare(pairs: readonly Pair[], against: string): RelativeRow {
  const { task, condition, strategy, subset, stragglers, devices, metric } = pairs[0]!.ours;
  const points = pairs.map(
    ({ ours, theirs }) => (metric === 'mse' ? 1 : 100) * (ours.finalScore - theirs.finalScore),
  );
  const { mean, half } = meanInterval(points);
  const time = saved(pairs, ({ timeToTarget }) => timeToTarget);
  const memory = saved(pairs, ({ deviceBytes }) => deviceBytes);
  const payload = saved(pairs, ({ payloadBytes }) => payloadBytes);
  const payloadToTarget = saved(pairs, ({ figures }) => figures.payloadToTarget ?? null);
  return {
    task,
    condition,
    strategy,
    subset,
    stragglers,
    devices,
    against,
    time: time.saved,
    memory: memory.saved,
    payload: payload.saved,
    payloadToTarget: payloadToTarget.saved,
    timeCi95: time.ci95,
    memoryCi95: memory.ci95,
    payloadCi95: payload.ci95,
    payloadToTargetCi95: payloadToTarget.ci95,
    accuracyPoints: mean,
    ci95: half === null ? null : [mean - half, mean + half],
  };
}

/** Null where anything is missing, or nothing was spent. */
function saved(
  pairs: readonly Pair[],
  of: (row: ExperimentRow) => number | null,
): { readonly saved: Saved; readonly ci95: Interval } {
  let [ours, theirs] = [0, 0];
  const logs: number[] = [];
  for (const pair of pairs) {
    const [a, b] = [of(pair.ours), of(pair.theirs)];
    if (a === null || b === null) return { saved: null, ci95: null };
    ours += a;
    theirs += b;
    logs.push(Math.log(a / b));
  }
  if (theirs === 0) return { saved: null, ci95: null };
  const { mean, half } = meanInterval(logs);
  const isKnown = half !== null && Number.isFinite(mean) && Number.isFinite(half);
  return {
    saved: 1 - ours / theirs,
    ci95: isKnown ? [1 - Math.exp(mean + half), 1 - Math.exp(mean - half)] : null,
  };
}
