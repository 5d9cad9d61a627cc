// A curve over the run's time in the page's own colours. The only file that knows uPlot.

import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { formatDuration } from '../common/formats.ts';

export interface TimeChartOptions {
  readonly formatValue: (value: number) => string;
  /** The scale's ends; default: as the data has it, from 0 on. */
  readonly range?: readonly [number, number];
  /** A dashed line across, and what is said of its value. */
  readonly target?: number;
  readonly sayTarget?: (value: string) => string;
  readonly axisSize?: number;
  /** Curves that are told apart by colour and dashes; default: one, filled. */
  readonly numCurves?: number;
}

export interface Curve {
  /** Milliseconds, ascending. */
  readonly atMs: readonly number[];
  readonly values: readonly number[];
}

export interface TimeChart {
  /** As many curves as were announced; `label` says in words what the picture shows. */
  show(curves: readonly Curve[], label: string): void;
  /** Takes up new colours. */
  repaint(): void;
  /** Leaves `target` empty. */
  close(): void;
}

/** Seconds between two labels. */
const TIME_STEPS = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14_400, 43_200, 86_400];
const COLOUR_NAMES = ['--accent', '--tint', '--soft', '--line', '--warn'] as const;
/** Of curves that share a picture; each is told apart by its dashes, too. */
const CURVES: readonly { readonly colour: (typeof COLOUR_NAMES)[number]; readonly dash: number[] }[] = [
  { colour: '--accent', dash: [] },
  { colour: '--warn', dash: [9, 4] },
  { colour: '--soft', dash: [2, 3] },
  { colour: '--accent', dash: [10, 4, 2, 4] },
];

/** Draws into `target`, as large as that is, from now on. */
export function createTimeChart(target: HTMLElement, options: TimeChartOptions): TimeChart {
  let colours = readColours();
  const font = (): string => `${Math.round(0.8 * remPixels())}px system-ui, sans-serif`;
  const axis = (): uPlot.Axis => ({
    stroke: () => colours['--soft'],
    grid: { stroke: () => colours['--line'], width: 1 },
    ticks: { show: false },
    font: font(),
  });
  const { numCurves = 1 } = options;
  const seriesOf = (index: number): uPlot.Series => {
    const { colour, dash } = CURVES[index % CURVES.length]!;
    return {
      stroke: () => colours[colour],
      ...(numCurves === 1 && { fill: () => `${colours['--tint']}99` }),
      width: numCurves === 1 ? 2.25 : 3,
      dash,
      spanGaps: true,
      points: { show: false },
    };
  };
  const sizeOf = () => ({ width: target.clientWidth, height: target.clientHeight });
  const chart = new uPlot(
    {
      ...sizeOf(),
      padding: [10, 20, 0, 0],
      legend: { show: false },
      cursor: { y: false, points: { size: 8 }, drag: { x: false } },
      scales: {
        x: { time: false, range: (_, low, high) => [low > 0 ? 0 : low, Math.max(high, 1)] },
        y: {
          range: options.range
            ? [...options.range]
            : (_, low, high) => [Math.min(0, low || 0), high > 0 ? high * 1.08 : 1],
        },
      },
      axes: [
        {
          ...axis(),
          size: 1.9 * remPixels(),
          incrs: TIME_STEPS,
          values: (_, ticks) => ticks.map((s) => formatDuration(s * 1000)),
        },
        {
          ...axis(),
          size: (options.axisSize ?? 3.2) * remPixels(),
          values: (_, ticks) => ticks.map(options.formatValue),
        },
      ],
      series: [{}, ...Array.from({ length: numCurves }, (_, i) => seriesOf(i))],
      hooks: { draw: [drawTarget] },
    },
    [[], ...Array.from({ length: numCurves }, () => [])],
    target,
  );

  function drawTarget({ ctx, bbox, valToPos }: uPlot): void {
    if (options.target === undefined) return;
    const y = valToPos(options.target, 'y', true);
    if (!(y >= bbox.top && y <= bbox.top + bbox.height)) return;
    ctx.save();
    ctx.strokeStyle = colours['--warn'];
    ctx.lineWidth = devicePixelRatio * 1.25;
    ctx.setLineDash([6 * devicePixelRatio, 5 * devicePixelRatio]);
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    ctx.fillStyle = colours['--warn'];
    ctx.textAlign = 'left';
    ctx.textBaseline = 'bottom';
    ctx.font = `${Math.round(0.8 * remPixels() * devicePixelRatio)}px system-ui, sans-serif`;
    ctx.fillText(
      options.sayTarget?.(options.formatValue(options.target)) ?? '',
      bbox.left + 8 * devicePixelRatio,
      y - 3 * devicePixelRatio,
    );
    ctx.restore();
  }

  const observer = new ResizeObserver(() => {
    const { width, height } = sizeOf();
    if (width > 0 && (width !== chart.width || height !== chart.height)) chart.setSize({ width, height });
  });
  observer.observe(target);

  return {
    show(curves, label) {
      if (target.getAttribute('aria-label') !== label) target.setAttribute('aria-label', label);
      const tables = curves.map(({ atMs, values }): uPlot.AlignedData => [
        atMs.map((ms) => ms / 1000),
        [...values],
      ]);
      chart.setData(tables.length === 1 ? tables[0]! : uPlot.join(tables));
    },
    repaint() {
      colours = readColours();
      chart.redraw();
    },
    close() {
      observer.disconnect();
      chart.destroy();
    },
  };
}

function readColours(): Record<(typeof COLOUR_NAMES)[number], string> {
  const style = getComputedStyle(document.documentElement);
  const entries = COLOUR_NAMES.map((name) => [name, style.getPropertyValue(name).trim()]);
  return Object.fromEntries(entries) as Record<(typeof COLOUR_NAMES)[number], string>;
}

function remPixels(): number {
  return parseFloat(getComputedStyle(document.documentElement).fontSize);
}
