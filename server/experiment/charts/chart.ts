// One picture as SVG text, drawn without a browser: what is alike in all of them. Knows nothing of experiments.

import { BarChart, CustomChart, LineChart } from 'echarts/charts';
import {
  GraphicComponent,
  GridComponent,
  LegendComponent,
  MarkLineComponent,
  TitleComponent,
} from 'echarts/components';
import * as echarts from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { placeLabels, type EndLabel } from './placeLabels.ts';

echarts.use([
  BarChart,
  CustomChart,
  LineChart,
  GraphicComponent,
  GridComponent,
  LegendComponent,
  MarkLineComponent,
  TitleComponent,
  SVGRenderer,
]);

export const WIDTH = 900;
/** Of the plot with its title and axes. */
export const HEIGHT = 460;
/** Of the margin with the names of the curves. */
const LABELS_WIDTH = 215;
const FONT = 'Helvetica, Arial, sans-serif';
/** Curves of a picture, at most: more cannot be told apart. */
export const MOST_CURVES = 8;
/** Okabe and Ito's colours, told apart by colour-blind people, too. */
const COLOURS = ['#000000', '#e69f00', '#0072b2', '#009e73', '#cc79a7', '#56b4e9', '#d55e00', '#7f7f7f'];
/** As not every print has colours. */
const DASHES = ['solid', [8, 4], [2, 3], [10, 3, 2, 3]];

export type Option = Record<string, unknown>;

export interface CurveStroke {
  readonly color: string;
  readonly lineStyle: { readonly type: unknown; readonly width: number };
}

export function strokeOf(i: number): CurveStroke {
  return {
    color: COLOURS[i % COLOURS.length]!,
    lineStyle: { type: DASHES[i % DASHES.length], width: 2 },
  };
}

/** The grid that leaves room for the names of the curves. */
export const LABELLED_GRID = { left: 75, right: LABELS_WIDTH + 15, top: 60, bottom: 60 };

/** `labels`: names of curves, at the right of where they end (in the axes' units). */
export function drawChart(
  title: string,
  option: Option,
  { height = HEIGHT, labels = [] }: { readonly height?: number; readonly labels?: readonly EndLabel[] } = {},
): string {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height });
  chart.setOption({
    animation: false,
    backgroundColor: '#fff',
    textStyle: { fontFamily: FONT },
    title: { text: title, left: 'center', textStyle: { fontSize: 15, fontFamily: FONT } },
    ...option,
  });
  if (labels.length > 0) {
    const toPixels = ([x, y]: readonly [number, number]): [number, number] => {
      const [left, top] = chart.convertToPixel({ xAxisIndex: 0, yAxisIndex: 0 }, [x, y]);
      return [left!, top!];
    };
    const graphic = placeLabels(labels, toPixels, {
      left: WIDTH - LABELS_WIDTH,
      width: LABELS_WIDTH - 5,
      top: LABELLED_GRID.top,
      bottom: height - LABELLED_GRID.bottom,
      font: FONT,
    });
    chart.setOption({ graphic });
  }
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}

/** Of a text within the plot: PDF has no way to lay a white rim below it. */
export const PLAIN_TEXT = { color: '#444', textBorderWidth: 0 };

/** An axis whose ticks are where they are said to be. */
export function ticksAt(values: readonly number[], textOf: (value: number) => string): Option {
  return {
    axisTick: { customValues: values },
    axisLabel: { customValues: values, formatter: textOf, hideOverlap: true },
    splitLine: { show: false },
  };
}

export function axisName(name: string, gap: number): Option {
  return { name, nameLocation: 'middle', nameGap: gap, nameTextStyle: { fontSize: 13 } };
}

export function asPercent(share: number): string {
  return `${Number((100 * share).toFixed(1))} %`;
}
