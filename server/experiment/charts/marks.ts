// Marks of points and their intervals.

import type { Option } from './chart.ts';

const MARKS = [
  'circle',
  'rect',
  'triangle',
  'diamond',
  'emptyCircle',
  'emptyRect',
  'emptyTriangle',
  'emptyDiamond',
];
const CAP = 3;

export function markOf(i: number): string {
  return MARKS[i % MARKS.length]!;
}

interface Api {
  value(dimension: number): number;
  coord(point: readonly [number, number]): [number, number];
}

/** Upright bars from y - half to y + half; none where half is null. */
export function intervals(
  points: readonly { readonly x: number; readonly y: number; readonly half: number | null }[],
  color: string,
): Option {
  return {
    type: 'custom',
    silent: true,
    z: 1,
    data: points.flatMap(({ x, y, half }) => (half === null ? [] : [[x, y - half, y + half]])),
    encode: { x: 0, y: [1, 2] },
    renderItem: (_params: unknown, api: Api) => {
      const [x, bottom] = api.coord([api.value(0), api.value(1)]);
      const [, top] = api.coord([api.value(0), api.value(2)]);
      return bars(
        [
          [x, bottom, x, top],
          [x - CAP, bottom, x + CAP, bottom],
          [x - CAP, top, x + CAP, top],
        ],
        color,
      );
    },
  };
}

export function bars(lines: readonly (readonly [number, number, number, number])[], color: string): object {
  return {
    type: 'group',
    children: lines.map(([x1, y1, x2, y2]) => ({
      type: 'line',
      shape: { x1, y1, x2, y2 },
      style: { stroke: color, lineWidth: 1.2 },
    })),
  };
}
