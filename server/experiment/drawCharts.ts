// The charts of an experiment as SVG text, drawn without a browser. Knows nothing of files.

import { BarChart, LineChart } from 'echarts/charts';
import { GridComponent, LegendComponent, MarkLineComponent, TitleComponent } from 'echarts/components';
import * as echarts from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { formatScore, METRIC_NAMES, type Metric } from '../../shared/tasks/metric.ts';
import type { CurvePoint } from '../../shared/simulate/simulationResult.ts';
import type { Summary } from './summary.ts';

echarts.use([
  BarChart,
  LineChart,
  GridComponent,
  LegendComponent,
  MarkLineComponent,
  TitleComponent,
  SVGRenderer,
]);

const WIDTH = 900;
/** Of the plot with its title and axes; legends come below. */
const HEIGHT = 450;
const LEGEND_ROW = 20;
/** Of a configuration's three bars. */
const BARS_HEIGHT = 45;
/** Okabe and Ito's colours, told apart by colour-blind people, too. */
const COLOURS = [
  '#000000',
  '#e69f00',
  '#56b4e9',
  '#009e73',
  '#cc79a7',
  '#0072b2',
  '#d55e00',
  '#8a8a00',
  '#7f7f7f',
  '#332288',
  '#117733',
  '#882255',
];
/** When there are more curves than colours. */
const DASHES = ['solid', 'dashed', 'dotted'];
const KILO = 1000;
const MEGA = 1e6;

type Option = Record<string, unknown>;

interface Stroke {
  readonly color: string;
  readonly lineStyle: { readonly type: string };
}

function strokeOf(i: number): Stroke {
  const type = DASHES[Math.floor(i / COLOURS.length) % DASHES.length]!;
  return { color: COLOURS[i % COLOURS.length]!, lineStyle: { type } };
}

export interface Charts {
  readonly accuracy: string;
  readonly payload: string;
  readonly memory: string;
  readonly staleness: string;
}

/** A score that a task aims for, with the metric that it is measured by. */
export interface Aim {
  readonly metric: Metric;
  readonly target: number;
}

export function drawCharts(summaries: readonly Summary[], aim: Aim): Charts {
  const name = METRIC_NAMES[aim.metric];
  return {
    accuracy: drawCurves(
      `Validation ${name} over virtual time: mean, and band over the seeds`,
      overCost('virtual seconds', summaries, aim, ({ virtualSeconds }) => virtualSeconds),
      summaries,
    ),
    payload: drawCurves(
      `Validation ${name} over payload: mean, and band over the seeds`,
      overCost(
        'payload of all devices both ways, MB',
        summaries,
        aim,
        ({ payloadBytes }) => payloadBytes / MEGA,
      ),
      summaries,
    ),
    memory: draw(
      'Memory of a device for training, mean over devices',
      memoryOf(summaries),
      Math.max(HEIGHT, 130 + BARS_HEIGHT * summaries.length),
    ),
    staleness: drawCurves('Staleness of the updates that stepped', stalenessOf(summaries), summaries),
  };
}

function overCost(
  name: string,
  summaries: readonly Summary[],
  { metric, target }: Aim,
  costOf: (point: CurvePoint) => number,
): Option {
  const curves = summaries.map(({ results }) =>
    meanCurve(
      results.map(({ curve }) => curve),
      costOf,
    ),
  );
  return {
    xAxis: {
      type: 'log',
      min: 'dataMin',
      max: 'dataMax',
      name,
      nameLocation: 'middle',
      nameGap: 28,
      axisLabel: { formatter: (value: number) => String(Number(value.toPrecision(2))) },
    },
    yAxis: {
      type: 'value',
      name: METRIC_NAMES[metric],
      ...(metric === 'accuracy' && { min: 0.2, max: 0.95, axisLabel: { formatter: asPercent } }),
    },
    series: summaries.flatMap(({ label }, i) => {
      const points = curves[i]!;
      const stroke = strokeOf(i);
      const band = {
        type: 'line',
        stack: `band ${label}`,
        symbol: 'none',
        lineStyle: { opacity: 0 },
        silent: true,
      };
      return [
        {
          type: 'line',
          name: label,
          symbol: 'none',
          ...stroke,
          data: points.map(({ cost, mean }) => [cost, mean]),
          ...(i === 0 && {
            markLine: {
              silent: true,
              symbol: 'none',
              lineStyle: { type: 'dashed', color: '#666' },
              label: {
                formatter: `target ${metric === 'accuracy' ? asPercent(target) : formatScore(metric, target)}`,
                position: 'insideStartTop',
              },
              data: [{ yAxis: target }],
            },
          }),
        },
        { ...band, data: points.map(({ cost, low }) => [cost, low]) },
        {
          ...band,
          data: points.map(({ cost, low, high }) => [cost, high - low]),
          areaStyle: { color: stroke.color, opacity: 0.15 },
        },
      ];
    }),
  };
}

/** Point by point of the grid, as far as every seed goes. */
function meanCurve(
  curves: readonly (readonly CurvePoint[])[],
  costOf: (point: CurvePoint) => number,
): { readonly cost: number; readonly mean: number; readonly low: number; readonly high: number }[] {
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

function memoryOf(summaries: readonly Summary[]): Option {
  const bar = (name: string, of: (summary: Summary) => number, color: string): Option => ({
    type: 'bar',
    name,
    color,
    data: summaries.map((summary) => Math.round(of(summary) / KILO)),
    label: { show: true, position: 'right' },
  });
  return {
    legend: { bottom: 0 },
    grid: { left: 330, right: 70, top: 50, bottom: 60 },
    xAxis: { type: 'value', name: 'kB', nameLocation: 'middle', nameGap: 25 },
    yAxis: {
      type: 'category',
      inverse: true,
      data: summaries.map(({ label }) => label),
      axisLabel: { interval: 0, width: 310, overflow: 'break' },
    },
    series: [
      bar('as simulated', ({ deviceBytes }) => deviceBytes, '#0072b2'),
      bar('whole batch at once', ({ wholeBatchBytes }) => wholeBatchBytes, '#b0c4de'),
      bar('most frugal form', ({ leastBytes }) => leastBytes, '#009e73'),
    ],
  };
}

/** Which part of the updates was at most so stale. */
function stalenessOf(summaries: readonly Summary[]): Option {
  const longest = Math.max(
    ...summaries.flatMap(({ results }) => results.map((r) => r.stalenessCounts.length)),
  );
  return {
    xAxis: { type: 'value', name: 'staleness, versions', nameLocation: 'middle', nameGap: 28, max: longest },
    yAxis: { type: 'value', name: 'updates at most so stale', max: 1, axisLabel: { formatter: asPercent } },
    series: summaries.map(({ label, results }, i) => {
      const counts = Array.from({ length: longest }, (_, tau) =>
        results.reduce((sum, { stalenessCounts }) => sum + (stalenessCounts[tau] ?? 0), 0),
      );
      const all = counts.reduce((sum, count) => sum + count, 0);
      let sum = 0;
      return {
        type: 'line',
        step: 'end',
        symbol: 'none',
        name: label,
        ...strokeOf(i),
        data: all === 0 ? [] : counts.map((count, tau) => [tau, (sum += count) / all]),
      };
    }),
  };
}

/** With a legend below, in as many rows as it needs. */
function drawCurves(title: string, option: Option, summaries: readonly Summary[]): string {
  const labels = summaries.map(({ label }) => label);
  const height = LEGEND_ROW * numLegendRows(labels);
  const legend = { bottom: 0, data: labels };
  const grid = { left: 70, right: 40, top: 60, bottom: 60 + height };
  return draw(title, { ...option, legend, grid }, HEIGHT + height);
}

/** As a legend that fills its rows comes to need, by the usual width of a letter. */
function numLegendRows(labels: readonly string[]): number {
  let [rows, used] = [1, 0];
  for (const label of labels) {
    const width = 45 + 6.5 * label.length;
    if (used > 0 && used + width > WIDTH) [rows, used] = [rows + 1, 0];
    used += width;
  }
  return rows;
}

function draw(title: string, option: Option, height: number): string {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height });
  chart.setOption({
    animation: false,
    backgroundColor: '#fff',
    title: { text: title, left: 'center', textStyle: { fontSize: 15 } },
    ...option,
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}

function asPercent(share: number): string {
  return `${Math.round(100 * share)} %`;
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
