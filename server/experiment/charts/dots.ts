// A figure of all configurations in all conditions: a row for each condition, a mark with its 95 % interval for each configuration.

import { figureNamed, formatFigure } from '../figures.ts';
import { byCondition } from '../report/sections.ts';
import { figureMean, type Summary } from '../summary.ts';
import { axisName, drawChart, strokeOf, WIDTH } from './chart.ts';
import { bars, markOf } from './marks.ts';

const ROW_HEIGHT = 14;
const KEY_ROW = 20;
const LEFT = 300;

interface Mark {
  readonly x: number;
  readonly half: number;
  /** Between 0, the top, and the number of rows. */
  readonly y: number;
}

/** What each mark is stands in a key above the plot. `names`: of the configurations, in the order of their marks. */
export function drawDots(title: string, figureName: string, summaries: readonly Summary[]): string {
  const figure = figureNamed(figureName);
  const { metric } = summaries[0]!.outcomes[0]!;
  const rows = byCondition(summaries);
  const names = [...new Set(summaries.map(({ name }) => name))];
  const labelOf = (name: string): string => summaries.find((each) => each.name === name)!.label;
  const marks = names.map((name, i): Mark[] =>
    rows.flatMap(([, here], row): Mark[] => {
      const summary = here.find((each) => each.name === name);
      const { mean = null, half = null } = summary ? figureMean(summary, figureName) : {};
      return mean === null ? [] : [{ x: mean, half: half ?? 0, y: row + (i + 1) / (names.length + 1) }];
    }),
  );
  const keyRows = Math.ceil(
    names.reduce((sum, name) => sum + 50 + 7 * labelOf(name).length, 0) / (WIDTH - 40),
  );
  const top = 56 + KEY_ROW * keyRows;
  const height = top + 60 + rows.length * ROW_HEIGHT * (names.length + 1);
  const ends = marks.flat().flatMap(({ x, half }) => [x - half, x + half]);
  const [least, most] = [Math.min(...ends), Math.max(...ends)];
  const room = 0.04 * (most - least || 1);
  return drawChart(
    title,
    {
      legend: {
        top: 38,
        left: 'center',
        itemWidth: 12,
        itemHeight: 10,
        data: names.map((name) => labelOf(name)),
      },
      grid: { left: LEFT, right: 40, top, bottom: 60 },
      xAxis: {
        type: 'value',
        axisLine: { onZero: false },
        position: 'bottom',
        scale: true,
        ...(ends.length > 0 && { min: least - room, max: most + room }),
        ...axisName(figure.label(metric), 30),
        axisLabel: {
          formatter: (value: number) => formatFigure(figure, metric, value, 0),
          showMinLabel: false,
          showMaxLabel: false,
        },
      },
      yAxis: [
        {
          type: 'value',
          min: 0,
          max: rows.length,
          inverse: true,
          interval: 1,
          axisLabel: { show: false },
          splitLine: { lineStyle: { color: '#ccc' } },
        },
        {
          type: 'category',
          position: 'left',
          inverse: true,
          data: rows.map(([condition]) => condition.label),
          axisLabel: { interval: 0, width: LEFT - 20, overflow: 'break', fontSize: 11 },
          axisTick: { show: false },
        },
      ],
      series: marks.flatMap((points, i) => [
        {
          type: 'line',
          name: labelOf(names[i]!),
          color: strokeOf(i).color,
          lineStyle: { width: 0, opacity: 0 },
          symbol: markOf(i),
          symbolSize: 8,
          data: points.map(({ x, y }) => [x, y]),
        },
        {
          type: 'custom',
          silent: true,
          data: points.map(({ x, y, half }) => [x - half, x + half, y]),
          encode: { x: [0, 1], y: 2 },
          renderItem: (
            _params: unknown,
            api: { value(d: number): number; coord(p: readonly [number, number]): [number, number] },
          ) => {
            const [from, y] = api.coord([api.value(0), api.value(2)]);
            const [to] = api.coord([api.value(1), api.value(2)]);
            return bars([[from, y, to, y]], strokeOf(i).color);
          },
        },
      ]),
    },
    { height },
  );
}
