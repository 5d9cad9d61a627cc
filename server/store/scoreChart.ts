// The chart of a run's held-out score over its time, as SVG text. Drawn without a browser.

import { LineChart } from 'echarts/charts';
import { GridComponent, MarkLineComponent, TitleComponent } from 'echarts/components';
import * as echarts from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { METRIC_NAMES, type Metric } from '../../shared/tasks/metric.ts';
import type { Evaluation } from './keptLines.ts';

echarts.use([LineChart, GridComponent, MarkLineComponent, TitleComponent, SVGRenderer]);

const WIDTH = 800;
const HEIGHT = 450;

export interface ScoreChart {
  readonly title: string;
  readonly metric: Metric;
  readonly evaluations: readonly Evaluation[];
  /** Drawn as a dashed line. */
  readonly target: number;
}

export function drawScoreChart({ title, metric, evaluations, target }: ScoreChart): string {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height: HEIGHT });
  const isPercent = metric === 'accuracy' || metric === 'recall';
  const format = (score: number) => (isPercent ? `${Math.round(score * 100)} %` : String(score));
  chart.setOption({
    animation: false,
    title: { text: title, left: 'center', textStyle: { fontSize: 16 } },
    grid: { left: 70, right: 90, top: 60, bottom: 60 },
    xAxis: { type: 'value', name: 'seconds', nameLocation: 'middle', nameGap: 32 },
    yAxis: {
      type: 'value',
      name: `held-out ${METRIC_NAMES[metric]}`,
      min: 0,
      ...(metric === 'mse' ? {} : { max: 1 }),
      axisLabel: { formatter: format },
    },
    series: [
      {
        type: 'line',
        symbolSize: 5,
        data: evaluations.map(({ atMs, score }) => [atMs / 1000, score]),
        markLine: {
          silent: true,
          symbol: 'none',
          lineStyle: { type: 'dashed' },
          label: { formatter: `target ${format(target)}` },
          data: [{ yAxis: target }],
        },
      },
    ],
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}
