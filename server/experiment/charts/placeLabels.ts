// The names of curves beside where they end, none over another: a dotted line leads from the curve's end to its name. Pure.

export interface EndLabel {
  readonly text: string;
  readonly color: string;
  /** The curve's last point, in the axes' units. */
  readonly end: readonly [number, number];
}

export interface LabelArea {
  readonly left: number;
  readonly width: number;
  readonly top: number;
  readonly bottom: number;
  readonly font: string;
}

const FONT_SIZE = 12;
const LINE_HEIGHT = 14;
const GAP = 4;
/** Of a letter, of its size, about. */
const LETTER = 0.54;

/** A graphic for each: texts and leading lines, in pixels. */
export function placeLabels(
  labels: readonly EndLabel[],
  toPixels: (point: readonly [number, number]) => [number, number],
  { left, width, top, bottom, font }: LabelArea,
): object[] {
  const mostLetters = Math.floor((width - 12) / (FONT_SIZE * LETTER));
  const placed = labels
    .map((label) => {
      const [x, y] = toPixels(label.end);
      const lines = wrap(label.text, mostLetters);
      return {
        ...label,
        x,
        y: Math.min(bottom, Math.max(top, y)),
        lines,
        height: lines.length * LINE_HEIGHT,
      };
    })
    .sort((a, b) => a.y - b.y);
  const tops = spread(
    placed.map(({ y, height }) => ({ wanted: y - height / 2, height: height + GAP })),
    top - LINE_HEIGHT,
    bottom + LINE_HEIGHT,
  );
  return placed.flatMap(({ x, y, lines, height, color }, i) => {
    const middle = tops[i]! + height / 2;
    return [
      {
        type: 'polyline',
        silent: true,
        shape: {
          points: [
            [x, y],
            [left - 8, y],
            [left - 2, middle],
          ],
        },
        style: { stroke: color, fill: null, lineWidth: 0.8, lineDash: [1, 3] },
      },
      {
        type: 'text',
        silent: true,
        x: left + 2,
        y: tops[i],
        style: {
          text: lines.join('\n'),
          fill: color,
          font: `${FONT_SIZE}px ${font}`,
          lineHeight: LINE_HEIGHT,
          verticalAlign: 'top',
        },
      },
    ];
  });
}

/** Tops of what is stacked from the top on, each as near to where it is wanted as the others and the bounds let it. */
export function spread(
  items: readonly { readonly wanted: number; readonly height: number }[],
  top: number,
  bottom: number,
): number[] {
  const tops: number[] = [];
  let free = top;
  for (const { wanted, height } of items) {
    tops.push(Math.max(wanted, free));
    free = tops.at(-1)! + height;
  }
  let end = bottom;
  for (let i = items.length - 1; i >= 0; i--) {
    tops[i] = Math.min(tops[i]!, end - items[i]!.height);
    end = tops[i]!;
  }
  return tops;
}

/** Lines of at most so many letters, broken between words. */
export function wrap(text: string, most: number): string[] {
  return text.split(' ').reduce<string[]>((lines, word) => {
    const last = lines.at(-1);
    if (last !== undefined && `${last} ${word}`.length <= most) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
    return lines;
  }, []);
}
