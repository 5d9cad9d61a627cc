// A picture of a plan: every tensor of the arena as a rectangle, ops from left to right, bytes from the bottom up.

import { lifetimesOf } from './arena/lifetimes.ts';
import { ENGLISH_ARENA, type ArenaWords } from './arenaWords.ts';
import type { TrainingPlan } from './plan.ts';
import type { ArenaTensor, TensorRole } from './tensors.ts';

const WIDTH = 960;
const HEIGHT = 520;
const MARGIN = { left: 86, right: 20, top: 44, bottom: 74 };
const COLOURS: Record<TensorRole, string> = {
  metrics: '#8a8f94',
  parameter: '#2b5c8a',
  base: '#7aa6cf',
  accumulator: '#b07d2b',
  input: '#5f8f4e',
  labels: '#5f8f4e',
  activation: '#79b473',
  argmax: '#a7c957',
  mask: '#a7c957',
  stats: '#a7c957',
  gradient: '#c05746',
};

export interface ArenaTheme {
  /** CSS colours. */
  readonly paper: string;
  readonly ink: string;
}

const PRINT: ArenaTheme = { paper: '#fff', ink: '#222' };

/** An SVG document of the training program's arena over time. */
export function drawArena(
  plan: TrainingPlan,
  { paper, ink }: ArenaTheme = PRINT,
  words: ArenaWords = ENGLISH_ARENA,
): string {
  const { programs, io, tensors, arenaBytes } = plan;
  const numOps = Math.max(programs.train.length, 1);
  const isScratch = ({ offset }: ArenaTensor) => offset >= plan.scratchOffset;
  const lifetimes = lifetimesOf(
    programs.train,
    io.train,
    (id) => isScratch(tensors[id]!),
    (id) => tensors[id]!.bytes,
  );
  const x = (op: number) => MARGIN.left + ((WIDTH - MARGIN.left - MARGIN.right) * op) / numOps;
  const y = (bytes: number) =>
    HEIGHT - MARGIN.bottom - ((HEIGHT - MARGIN.top - MARGIN.bottom) * bytes) / arenaBytes;
  const box = ({ name, role, offset, bytes }: ArenaTensor, from: number, to: number) => {
    const [left, top, width, height] = [
      x(from),
      y(offset + bytes),
      x(to) - x(from),
      y(offset) - y(offset + bytes),
    ];
    const label = words.at(name, words.size(bytes), offset);
    const text =
      height > 12 && width > 60
        ? `<text x="${round(left + 4)}" y="${round(top + 12)}" fill="#fff" font-size="10">${escape(shorten(name, width))}</text>`
        : '';
    return `<g><title>${escape(label)}</title><rect x="${round(left)}" y="${round(top)}" width="${round(width)}" height="${round(height)}" fill="${COLOURS[role]}" stroke="${paper}" stroke-width="0.5"/>${text}</g>`;
  };
  const boxes = [
    ...tensors.filter((tensor) => !isScratch(tensor)).map((tensor) => box(tensor, 0, numOps)),
    ...lifetimes.map(({ id, first, last }) =>
      box(tensors[id]!, Math.max(first, 0), Math.min(last + 1, numOps)),
    ),
  ];
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const bytes = Math.round(share * arenaBytes);
    return `<text x="${MARGIN.left - 8}" y="${round(y(bytes) + 4)}" text-anchor="end">${words.size(bytes)}</text>`;
  });
  const roles = [...new Set(tensors.map(({ role }) => role))].filter(
    (role) => role !== 'labels' && role !== 'metrics',
  );
  const legend = roles.map((role, index) => {
    const left = MARGIN.left + index * 104;
    return `<rect x="${left}" y="${HEIGHT - 26}" width="12" height="12" fill="${COLOURS[role]}"/><text x="${left + 17}" y="${HEIGHT - 16}">${escape(words.roles[role])}</text>`;
  });
  const title = words.title(
    plan.model.id,
    words.size(arenaBytes),
    plan.form,
    plan.microBatch,
    plan.batch,
    words.percent(plan.trainedShare),
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="11" fill="${ink}">
<rect width="${WIDTH}" height="${HEIGHT}" fill="${paper}"/>
<text x="${MARGIN.left}" y="26" font-size="15">${escape(title)}</text>
${boxes.join('\n')}
${ticks.join('\n')}
<text x="${MARGIN.left}" y="${HEIGHT - 46}">${escape(words.axis(numOps))}</text>
${legend.join('\n')}
</svg>
`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

function shorten(name: string, width: number): string {
  const room = Math.floor(width / 6);
  const plain = name.replace('train.', '');
  return plain.length <= room ? plain : `${plain.slice(0, Math.max(room - 1, 1))}…`;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
