// A figure over the values of an axis, or over another figure: a line for each configuration, with 95 % intervals.

import { formatByteSize } from '../../../shared/byteSize.ts';
import type { Axis, Picture } from '../experimentSchema.ts';
import { FIGURES, figureNamed, formatFigure, type Figure } from '../figures.ts';
import { figureMean, type Summary } from '../summary.ts';
import { tfjsStepBytes } from '../tfjsStepBytes.ts';
import { axisName, drawChart, LABELLED_GRID, PLAIN_TEXT, strokeOf, ticksAt, type Option } from './chart.ts';
import { intervals, markOf } from './marks.ts';

interface Point {
  readonly x: number;
  readonly y: number;
  readonly half: number | null;
}

/** `axis`: what is varied along each line; null where `picture.x` is a figure. `byName`: summaries of each configuration. */
export function drawLines(
  title: string,
  picture: Picture,
  axis: Axis | null,
  byName: readonly (readonly Summary[])[],
): string {
  const { log = false, logY = false, tfjs } = picture;
  const { metric } = byName[0]![0]!.outcomes[0]!;
  const y = figureNamed(picture.y!);
  const places = new Map(axis?.values.map(({ name, at }, i) => [name, at ?? i + 1]));
  const xOf = (summary: Summary): number | null =>
    axis ? places.get(summary.condition.values[axis.name]!)! : figureMean(summary, picture.x!).mean;
  const lines = byName.map((summaries) =>
    summaries
      .flatMap((summary): Point[] => {
        const x = xOf(summary);
        const { mean, half } = figureMean(summary, picture.y!);
        return x === null || mean === null ? [] : [{ x, y: mean, half }];
      })
      .sort((a, b) => a.x - b.x),
  );
  const theirs = tfjs ? tfjsStepBytes(byName[0]![0]!.cell.task.model.id) : null;
  const all = lines.flat();
  const xs = [...all.map((point) => point.x), ...(theirs === null ? [] : [theirs])];
  const labels = byName.flatMap((summaries, i) => {
    const last = lines[i]!.at(-1);
    const end = last && ([last.x, last.y] as [number, number]);
    return end ? [{ text: summaries[0]!.label, color: strokeOf(i).color, end }] : [];
  });
  return drawChart(
    title,
    {
      grid: LABELLED_GRID,
      xAxis: {
        type: log ? 'log' : 'value',
        ...(xs.length > 0 && { min: low(xs, log), max: high(xs, log) }),
        ...axisName(axis?.label ?? figureNamed(picture.x!).label(metric), 30),
        ...xTicks(axis, figureNamed(picture.x!), xs),
      },
      yAxis: {
        type: logY ? 'log' : 'value',
        scale: true,
        ...axisName(y.label(metric), 58),
        axisLabel: { formatter: (value: number) => formatFigure(y, metric, value, 0) },
      },
      series: [
        ...lines.flatMap((points, i): Option[] => [
          {
            type: 'line',
            ...strokeOf(i),
            symbol: markOf(i),
            symbolSize: 7,
            data: points.map((point) => [point.x, point.y]),
          },
          intervals(points, strokeOf(i).color),
        ]),
        ...(theirs === null ? [] : [tfjsLine(theirs)]),
      ],
    },
    { labels },
  );
}

function xTicks(axis: Axis | null, figure: Figure | undefined, xs: readonly number[]): Option {
  if (axis) {
    const texts = new Map(axis.values.map(({ label, at }, i) => [at ?? i + 1, label]));
    return ticksAt([...texts.keys()], (value) => texts.get(value) ?? '');
  }
  if (figure?.unit !== 'bytes' || xs.length === 0) return {};
  const [from, to] = [Math.floor(Math.log2(Math.min(...xs))), Math.ceil(Math.log2(Math.max(...xs)))];
  const powers = Array.from({ length: to - from + 1 }, (_, i) => 2 ** (from + i));
  return ticksAt(powers, formatByteSize);
}

function low(xs: readonly number[], log: boolean): number {
  const [least, most] = [Math.min(...xs), Math.max(...xs)];
  return log ? least * 0.85 : least - 0.05 * (most - least);
}

function high(xs: readonly number[], log: boolean): number {
  const [least, most] = [Math.min(...xs), Math.max(...xs)];
  return log ? most * 1.18 : most + 0.05 * (most - least);
}

function tfjsLine(bytes: number): Option {
  return {
    type: 'line',
    data: [],
    markLine: {
      silent: true,
      symbol: 'none',
      lineStyle: { type: 'dashed', color: '#666' },
      label: {
        formatter: `TensorFlow.js, ${formatByteSize(bytes)}`,
        position: 'end',
        ...PLAIN_TEXT,
      },
      data: [{ xAxis: bytes }],
    },
  };
}

/** Whether `x` of a picture is a figure rather than an axis. */
export function isFigure(x: string): boolean {
  return x in FIGURES;
}
