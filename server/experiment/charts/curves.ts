// Scores over what they cost, and what else is a curve for each configuration of one condition.

import type { CurvePoint } from '../../../shared/simulate/simulationResult.ts';
import { formatScore, isInPercent, METRIC_NAMES, type Metric } from '../../../shared/tasks/metric.ts';
import type { Summary } from '../summary.ts';
import { asPercent, axisName, drawChart, LABELLED_GRID, PLAIN_TEXT, strokeOf, type Option } from './chart.ts';

export type CurveCost = 'virtualSeconds' | 'payloadBytes' | 'updates';

const MEGA = 1e6;
const COSTS: Readonly<
  Record<CurveCost, { readonly name: string; readonly of: (point: CurvePoint) => number }>
> = {
  virtualSeconds: { name: 'virtual seconds', of: (point) => point.virtualSeconds },
  payloadBytes: { name: 'payload of all devices both ways, MB', of: (point) => point.payloadBytes / MEGA },
  updates: { name: 'accepted updates', of: (point) => point.updates },
};

/** Of one condition: mean over the seeds, and band from the lowest to the highest. */
export function drawCurves(title: string, cost: CurveCost, summaries: readonly Summary[]): string {
  const { metric } = summaries[0]!.outcomes[0]!;
  const { target } = summaries[0]!.results[0]!;
  const { name, of } = COSTS[cost];
  const curves = summaries.map(({ results }) =>
    meanCurve(
      results.map(({ curve }) => curve),
      of,
    ),
  );
  const labels = summaries.flatMap(({ label }, i) => {
    const last = curves[i]!.at(-1);
    return last
      ? [{ text: label, color: strokeOf(i).color, end: [last.cost, last.mean] as [number, number] }]
      : [];
  });
  return drawChart(
    title,
    {
      grid: LABELLED_GRID,
      xAxis: {
        type: 'log',
        min: 'dataMin',
        max: 'dataMax',
        ...axisName(name, 30),
        axisLabel: { formatter: (value: number) => String(Number(value.toPrecision(2))), hideOverlap: true },
      },
      yAxis: {
        type: 'value',
        ...axisName(`validation ${METRIC_NAMES[metric]}`, 50),
        ...scoreRange(metric, curves, target),
      },
      series: summaries.flatMap(({ label }, i) => seriesOf(label, i, curves[i]!, metric, target)),
    },
    { labels },
  );
}

interface MeanPoint {
  readonly cost: number;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

function seriesOf(
  label: string,
  i: number,
  points: readonly MeanPoint[],
  metric: Metric,
  target: number,
): Option[] {
  const stroke = strokeOf(i);
  const band = {
    type: 'line',
    stack: `band ${i}`,
    symbol: 'none',
    lineStyle: { opacity: 0 },
    silent: true,
  };
  const goal = {
    silent: true,
    symbol: 'none',
    lineStyle: { type: 'dashed', color: '#666' },
    label: {
      formatter: `target ${isInPercent(metric) ? asPercent(target) : formatScore(metric, target)}`,
      position: 'insideStartTop',
      ...PLAIN_TEXT,
    },
    data: [{ yAxis: target }],
  };
  return [
    {
      type: 'line',
      name: label,
      symbol: 'none',
      ...stroke,
      data: points.map(({ cost, mean }) => [cost, mean]),
      ...(i === 0 && { markLine: goal }),
    },
    { ...band, data: points.map(({ cost, low }) => [cost, low]) },
    {
      ...band,
      data: points.map(({ cost, low, high }) => [cost, high - low]),
      areaStyle: { color: stroke.color, opacity: 0.1 },
    },
  ];
}

/** What happens at the end is what is looked at: the low scores of the beginning are cut. */
function scoreRange(metric: Metric, curves: readonly (readonly MeanPoint[])[], target: number): Option {
  if (!isInPercent(metric)) return { scale: true };
  const ends = curves.flatMap((points) => points.at(-1)?.mean ?? []);
  const all = curves.flat().map(({ high }) => high);
  const min = Math.max(0, Math.floor((Math.min(target, ...ends) - 0.3) * 20) / 20);
  const max = Math.min(1, Math.ceil((Math.max(target, ...all) + 0.01) * 20) / 20);
  return { min, max, axisLabel: { formatter: asPercent } };
}

/** Point by point of the grid, as far as every seed goes. */
function meanCurve(
  curves: readonly (readonly CurvePoint[])[],
  costOf: (point: CurvePoint) => number,
): MeanPoint[] {
  const length = Math.min(...curves.map((curve) => curve.length));
  return Array.from({ length }, (_, i) => {
    const points = curves.map((curve) => curve[i]!);
    const scores = points.map(({ score }) => score);
    return {
      cost: average(points.map(costOf)),
      mean: average(scores),
      low: Math.min(...scores),
      high: Math.max(...scores),
    };
  }).filter(({ cost }) => cost > 0);
}

/** Which part of the updates was at most so stale. */
export function drawStaleness(title: string, summaries: readonly Summary[]): string {
  const longest = Math.max(
    1,
    ...summaries.flatMap(({ results }) => results.map(({ stalenessCounts }) => stalenessCounts.length)),
  );
  const curves = summaries.map(({ results }) => {
    const counts = Array.from({ length: longest }, (_, tau) =>
      results.reduce((sum, { stalenessCounts }) => sum + (stalenessCounts[tau] ?? 0), 0),
    );
    const all = counts.reduce((sum, count) => sum + count, 0);
    let sum = 0;
    return all === 0 ? [] : counts.map((count, tau): [number, number] => [tau, (sum += count) / all]);
  });
  return drawChart(
    title,
    {
      grid: LABELLED_GRID,
      xAxis: { type: 'value', max: longest, ...axisName('staleness, versions', 30) },
      yAxis: {
        type: 'value',
        ...axisName('updates at most so stale', 50),
        max: 1,
        axisLabel: { formatter: asPercent },
      },
      series: curves.map((data, i) => ({ type: 'line', step: 'end', symbol: 'none', ...strokeOf(i), data })),
    },
    {
      labels: curves.flatMap((points, i) => {
        const end = endOf(points);
        return end ? [{ text: summaries[i]!.label, color: strokeOf(i).color, end }] : [];
      }),
    },
  );
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Where a curve of shares has come to its end: from there on nothing is to be seen. */
function endOf(points: readonly [number, number][]): [number, number] | undefined {
  return points.find(([, share]) => share > 0.995) ?? points.at(-1);
}
