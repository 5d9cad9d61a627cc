// What devices hold for training, three bars a configuration.

import type { Summary } from '../summary.ts';
import { drawChart, HEIGHT, PLAIN_TEXT, type Option } from './chart.ts';

const KILO = 1000;
/** Of a configuration's three bars. */
const BARS_HEIGHT = 45;

export function drawMemory(title: string, summaries: readonly Summary[]): string {
  const bar = (name: string, of: (memory: Summary['memory']) => number, color: string): Option => ({
    type: 'bar',
    name,
    color,
    data: summaries.map(({ memory }) => Math.round(of(memory) / KILO)),
    label: { show: true, position: 'right', fontSize: 10, ...PLAIN_TEXT },
  });
  return drawChart(
    title,
    {
      legend: { top: 30 },
      grid: { left: 330, right: 70, top: 60, bottom: 50 },
      xAxis: { type: 'value', name: 'kB', nameLocation: 'middle', nameGap: 25 },
      yAxis: {
        type: 'category',
        inverse: true,
        data: summaries.map(({ label, condition }) =>
          condition.label === '' ? label : `${label}, ${condition.label}`,
        ),
        axisLabel: { interval: 0, width: 310, overflow: 'break' },
      },
      series: [
        bar('as simulated', ({ deviceBytes }) => deviceBytes, '#0072b2'),
        bar('whole batch at once', ({ wholeBatchBytes }) => wholeBatchBytes, '#b0c4de'),
        bar('most frugal form', ({ leastBytes }) => leastBytes, '#009e73'),
      ],
    },
    { height: Math.max(HEIGHT, 130 + BARS_HEIGHT * summaries.length) },
  );
}
