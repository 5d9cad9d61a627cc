// What is told of a simulation: its figures by name, for tables, charts and comparisons. A figure that a simulation has not is null
// (a target that was missed, recalls of a task without classes): it is never averaged away. Pure.

import { formatByteSize } from '../../shared/byteSize.ts';
import { formatScore, isInPercent, isReached, METRIC_NAMES, type Metric } from '../../shared/tasks/metric.ts';
import type { PersonalFigures, SimulationResult } from '../../shared/simulate/simulationResult.ts';

export interface FigureSource {
  readonly metric: Metric;
  readonly result: SimulationResult;
  /** The same fleet without what makes it hard; null where none was asked for, or it is not there yet. */
  readonly yardstick: SimulationResult | null;
}

type Unit = 'score' | 'points' | 'share' | 'seconds' | 'bytes' | 'count';

export interface Figure {
  readonly label: (metric: Metric) => string;
  readonly unit: Unit;
  readonly isMoreBetter: boolean;
  readonly of: (outcome: FigureSource) => number | null;
}

const figure = (
  unit: Unit,
  better: 'more' | 'less',
  label: string | ((metric: Metric) => string),
  of: Figure['of'],
): Figure => ({
  unit,
  isMoreBetter: better === 'more',
  label: typeof label === 'string' ? () => label : label,
  of,
});

const result =
  (of: (result: SimulationResult) => number | null): Figure['of'] =>
  (outcome) =>
    of(outcome.result);

export const FIGURES = {
  score: figure(
    'score',
    'more',
    (metric) => `test ${METRIC_NAMES[metric]}`,
    result(({ finalScore }) => finalScore),
  ),
  validationScore: figure(
    'score',
    'more',
    (metric) => `validation ${METRIC_NAMES[metric]}, last`,
    result(({ curve }) => curve.at(-1)?.score ?? null),
  ),
  /** In points; of squared errors the difference itself. */
  lostScore: figure(
    'points',
    'less',
    'points lost against the yardstick',
    ({ metric, result, yardstick }) =>
      yardstick &&
      (metric === 'mse'
        ? result.finalScore - yardstick.finalScore
        : 100 * (yardstick.finalScore - result.finalScore)),
  ),
  worstRecall: figure('share', 'more', 'recall of the worst class', result(worstRecall)),
  lostWorstRecall: figure(
    'points',
    'less',
    'points of the worst class lost against the yardstick',
    (outcome) => lostBetween(outcome, worstRecall),
  ),
  slowRecall: figure(
    'share',
    'more',
    'recall of the classes tied to stragglers',
    result((each) => recallOf(each, each.slowClasses ?? [])),
  ),
  /** Of the same classes in both fleets. */
  lostSlowRecall: figure('points', 'less', 'points of those classes lost against the yardstick', (outcome) =>
    lostBetween(outcome, (each) => recallOf(each, outcome.result.slowClasses ?? [])),
  ),
  timeToTarget: figure(
    'seconds',
    'less',
    'time to target',
    result(({ timeToTarget }) => timeToTarget),
  ),
  updatesToTarget: figure(
    'count',
    'less',
    'updates to target',
    result((each) => atTarget(each)?.updates ?? null),
  ),
  payloadToTarget: figure(
    'bytes',
    'less',
    'payload to target',
    result((each) => atTarget(each)?.payloadBytes ?? null),
  ),
  payloadPerUpdate: figure(
    'bytes',
    'less',
    'payload of an update',
    result(({ payloadBytes, accepted }) => (accepted > 0 ? payloadBytes / accepted : null)),
  ),
  deviceBytes: figure(
    'bytes',
    'less',
    'device bytes',
    result(({ deviceBytesMean, participants }) => (participants > 0 ? deviceBytesMean : null)),
  ),
  virtualSeconds: figure(
    'seconds',
    'less',
    'virtual seconds',
    result(({ virtualSeconds }) => virtualSeconds),
  ),
  staleness: figure(
    'count',
    'less',
    'staleness',
    result(({ stalenessMean }) => stalenessMean),
  ),
  stragglerWeight: figure(
    'share',
    'more',
    "stragglers' weight",
    result(({ stragglerWeightShare }) => stragglerWeightShare),
  ),
  interrupted: figure(
    'share',
    'less',
    'assignments lost in mid-work',
    result(({ interrupted, accepted, refused }) =>
      interrupted + accepted + refused > 0 ? interrupted / (interrupted + accepted + refused) : null,
    ),
  ),
  sharedMean: figure(
    'share',
    'more',
    "accuracy on devices' own samples, shared model",
    result((each) => meanOf(judged(each).map(shared))),
  ),
  personalMean: figure(
    'share',
    'more',
    "accuracy on devices' own samples, personal models",
    result((each) => meanOf(judged(each).map(personal))),
  ),
  sharedWorstTenth: figure(
    'share',
    'more',
    'worst tenth of the devices, shared model',
    result((each) => worstTenth(judged(each).map(shared))),
  ),
  personalWorstTenth: figure(
    'share',
    'more',
    'worst tenth of the devices, personal models',
    result((each) => worstTenth(judged(each).map(personal))),
  ),
  gainShare: figure(
    'share',
    'more',
    'devices that gain',
    result((each) => meanOf(judged(each).map((device) => (personal(device) > shared(device) ? 1 : 0)))),
  ),
  loseShare: figure(
    'share',
    'less',
    'devices that lose',
    result((each) => meanOf(judged(each).map((device) => (personal(device) < shared(device) ? 1 : 0)))),
  ),
} satisfies Record<string, Figure>;

export type FigureName = keyof typeof FIGURES;

export function figureNamed(name: string): Figure {
  return FIGURES[name as FigureName];
}

/** With its unit. `digits`: of a score or share in per cent. */
export function formatFigure({ unit }: Figure, metric: Metric, value: number, digits = 1): string {
  switch (unit) {
    case 'score':
      return isInPercent(metric) ? `${(100 * value).toFixed(digits)} %` : formatScore(metric, value);
    case 'share':
      return `${(100 * value).toFixed(digits)} %`;
    case 'points':
      return value.toFixed(Math.max(1, digits));
    case 'seconds':
      return `${value.toFixed(0)} s`;
    case 'bytes':
      return formatByteSize(Math.round(value));
    case 'count':
      return value.toFixed(value < 100 ? 1 : 0);
    default:
      return unit satisfies never;
  }
}

/** The devices that have samples to be judged by. */
export function judged({ personal }: SimulationResult): PersonalFigures[] {
  // Results of older versions have none.
  return (personal ?? []).filter(({ heldOutSamples }) => heldOutSamples > 0);
}

const shared = ({ sharedAccuracy }: PersonalFigures): number => sharedAccuracy;
const personal = ({ personalAccuracy }: PersonalFigures): number => personalAccuracy;

function worstRecall({ recalls = [] }: SimulationResult): number | null {
  const known = recalls.filter((recall) => recall >= 0);
  return known.length > 0 ? Math.min(...known) : null;
}

function recallOf({ recalls = [] }: SimulationResult, classes: readonly number[]): number | null {
  return meanOf(classes.map((label) => recalls[label] ?? -1).filter((recall) => recall >= 0));
}

function lostBetween(
  { result, yardstick }: FigureSource,
  of: (result: SimulationResult) => number | null,
): number | null {
  const [here, there] = [of(result), yardstick && of(yardstick)];
  return here === null || there === null ? null : 100 * (there - here);
}

function atTarget({ curve, timeToTarget }: SimulationResult): SimulationResult['curve'][number] | undefined {
  return timeToTarget === null ? undefined : curve.find((point) => point.virtualSeconds === timeToTarget);
}

/** Mean of the lowest tenth, at least one. */
function worstTenth(values: readonly number[]): number | null {
  const ranked = [...values].sort((a, b) => a - b);
  return meanOf(ranked.slice(0, Math.max(1, Math.round(values.length / 10))));
}

function meanOf(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Whether a score is better than another by the task's metric. */
export function isBetterScore(metric: Metric, score: number, than: number): boolean {
  return score !== than && isReached(metric, score, than);
}
