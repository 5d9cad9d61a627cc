// How the devices fare, from the worst to the best: accuracy on the samples that each held out, of the shared model (dashed) and of
// the personal one.

import { judged } from '../figures.ts';
import type { Summary } from '../summary.ts';
import { asPercent, axisName, drawChart, LABELLED_GRID, strokeOf } from './chart.ts';

/** Two curves each, over the devices of all seeds. */
export function drawDevices(title: string, summaries: readonly Summary[]): string {
  const curves = summaries.flatMap(({ label, results }, i) => {
    const devices = results.flatMap((result) => judged(result));
    const { color } = strokeOf(i);
    return [
      {
        label: `${label}: shared`,
        color,
        type: [6, 4],
        data: rank(devices.map(({ sharedAccuracy }) => sharedAccuracy)),
      },
      {
        label: `${label}: personal`,
        color,
        type: 'solid',
        data: rank(devices.map(({ personalAccuracy }) => personalAccuracy)),
      },
    ];
  });
  return drawChart(
    title,
    {
      grid: LABELLED_GRID,
      xAxis: {
        type: 'value',
        min: 0,
        max: 1,
        ...axisName('devices, from the worst to the best', 30),
        axisLabel: { formatter: asPercent },
      },
      yAxis: {
        type: 'value',
        min: 0,
        max: 1,
        ...axisName("accuracy on the device's own samples", 50),
        axisLabel: { formatter: asPercent },
      },
      series: curves.map(({ color, type, data }) => ({
        type: 'line',
        symbol: 'none',
        color,
        lineStyle: { type, width: 2 },
        data,
      })),
    },
    {
      // At two thirds: at the ends most devices are alike.
      labels: curves.flatMap(({ label, color, data }) => {
        const end = data[Math.floor((2 * data.length) / 3)];
        return end ? [{ text: label, color, end }] : [];
      }),
    },
  );
}

/** From the worst to the best, by the share of the devices that are worse. */
function rank(accuracies: readonly number[]): [number, number][] {
  const ranked = [...accuracies].sort((a, b) => a - b);
  return ranked.map((accuracy, k) => [(k + 0.5) / ranked.length, accuracy]);
}
