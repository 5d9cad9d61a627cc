// The chart of held-out accuracy over a run's time, as SVG text. Drawn without a browser.

import { LineChart } from 'echarts/charts';
import { GridComponent, MarkLineComponent, TitleComponent } from 'echarts/components';
import * as echarts from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import type { Evaluation } from './runStore.ts';

echarts.use([LineChart, GridComponent, MarkLineComponent, TitleComponent, SVGRenderer]);

const WIDTH = 800;
const HEIGHT = 450;

export interface AccuracyChart {
  readonly title: string;
  readonly evaluations: readonly Evaluation[];
  /** Drawn as a dashed line. */
  readonly target: number;
}

export function drawAccuracyChart({ title, evaluations, target }: AccuracyChart): string {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height: HEIGHT });
  chart.setOption({
    animation: false,
    title: { text: title, left: 'center', textStyle: { fontSize: 16 } },
    grid: { left: 70, right: 70, top: 60, bottom: 60 },
    xAxis: { type: 'value', name: 'seconds', nameLocation: 'middle', nameGap: 32 },
    yAxis: {
      type: 'value',
      name: 'held-out accuracy',
      min: 0,
      max: 1,
      axisLabel: { formatter: (share: number) => `${Math.round(share * 100)} %` },
    },
    series: [
      {
        type: 'line',
        symbolSize: 5,
        data: evaluations.map(({ atMs, accuracy }) => [atMs / 1000, accuracy]),
        markLine: {
          silent: true,
          symbol: 'none',
          lineStyle: { type: 'dashed' },
          label: { formatter: `target ${Math.round(target * 100)} %` },
          data: [{ yAxis: target }],
        },
      },
    ],
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}
