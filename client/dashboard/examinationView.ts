// What the model takes for what, as a table, and held-out pictures that it is wrong about.

import type { DashboardRun, Examination } from '../../shared/contract/dashboard.ts';
import { build, write } from '../common/elements.ts';
import type { Sayings } from './sayings.ts';

const MOST_CLASSES = 20;

export interface ExaminationView {
  show(run: DashboardRun, examination: Examination): void;
}

export interface ExaminationTargets {
  readonly confusionCard: HTMLElement;
  readonly confusion: HTMLElement;
  readonly confusionNote: HTMLElement;
  readonly mistakesCard: HTMLElement;
  readonly mistakes: HTMLElement;
}

/** `fetchSample` gives the elements of one held-out sample; asked once for each. */
export function createExaminationView(
  targets: ExaminationTargets,
  say: Sayings,
  fetchSample: (index: number) => Promise<ArrayBuffer>,
): ExaminationView {
  const samples = new Map<number, Promise<ArrayBuffer>>();
  let shownRun: DashboardRun | null = null;
  let cells: HTMLElement[] = [];

  function showConfusion({ classes }: DashboardRun, confusion: readonly number[]): void {
    const count = classes.length;
    for (let truth = 0; truth < count; truth++) {
      const row = confusion.slice(truth * count, (truth + 1) * count);
      const total = Math.max(
        1,
        row.reduce((sum, value) => sum + value, 0),
      );
      row.forEach((value, said) => {
        const cell = cells[truth * count + said]!;
        write(cell, value === 0 ? '' : String(value));
        cell.style.setProperty('--share', Math.sqrt(value / total).toFixed(3));
      });
    }
    const wrong = confusion.reduce(
      (sum, value, i) => (Math.floor(i / count) === i % count ? sum : sum + value),
      0,
    );
    const all = confusion.reduce((sum, value) => sum + value, 0);
    write(targets.confusionNote, say.words.examination.note(wrong, all));
  }

  async function showMistakes(run: DashboardRun, mistakes: Examination['mistakes']): Promise<void> {
    const drawn = await Promise.all(
      mistakes.map(async (mistake) => {
        let sample = samples.get(mistake.sample);
        if (!sample) {
          sample = fetchSample(mistake.sample);
          samples.set(mistake.sample, sample);
        }
        return createMistake(run, mistake, await sample, say);
      }),
    );
    targets.mistakes.replaceChildren(...drawn);
    targets.mistakesCard.hidden = drawn.length === 0;
  }

  return {
    show(run, examination) {
      if (run.classes.length === 0 || run.classes.length > MOST_CLASSES) return;
      if (run !== shownRun) {
        shownRun = run;
        samples.clear();
        cells = createTable(targets.confusion, run.classes.map(say.words.className));
        targets.confusionCard.hidden = false;
      }
      showConfusion(run, examination.confusion);
      // A picture that cannot be fetched is shown with a later examination.
      if (run.picture) showMistakes(run, examination.mistakes).catch(() => samples.clear());
    },
  };
}

/** An empty table; gives its cells, row by row. */
function createTable(target: HTMLElement, classes: readonly string[]): HTMLElement[] {
  const head = build('tr', {}, build('td'), ...classes.map((name) => heading(name, 'col')));
  const cells: HTMLElement[] = [];
  const rows = classes.map((name, truth) => {
    const own = classes.map((_, said) => build('td', { class: truth === said ? 'right' : 'wrong' }));
    cells.push(...own);
    return build('tr', {}, heading(name, 'row'), ...own);
  });
  target.replaceChildren(build('table', { class: 'confusion' }, head, ...rows));
  return cells;
}

function heading(name: string, scope: 'row' | 'col'): HTMLElement {
  return build('th', { scope }, name);
}

function createMistake(
  { classes, picture, inputs }: DashboardRun,
  { truth, said, confidence }: Examination['mistakes'][number],
  sample: ArrayBuffer,
  { words, formats }: Sayings,
): HTMLElement {
  const [trueName, saidName] = [truth, said].map((label) => words.className(classes[label]!)) as [
    string,
    string,
  ];
  const [height, width, channels] = picture!;
  const canvas = build('canvas', {
    width,
    height,
    role: 'img',
    'aria-label': words.examination.taken(trueName, saidName),
  });
  const values = inputs === 'uint8' ? new Uint8Array(sample) : stretched(new Float32Array(sample));
  const image = new ImageData(width, height);
  for (let pixel = 0; pixel < width * height; pixel++) {
    for (let k = 0; k < 3; k++)
      image.data[pixel * 4 + k] = values[pixel * channels + (channels === 3 ? k : 0)]!;
    image.data[pixel * 4 + 3] = 255;
  }
  canvas.getContext('2d')!.putImageData(image, 0, 0);
  const sure = words.examination.sure(formats.percent(confidence));
  return build(
    'li',
    {},
    canvas,
    build(
      'p',
      {},
      build('b', {}, saidName),
      words.examination.is(trueName),
      build('span', { class: 'sure' }, sure),
    ),
  );
}

/** Over 0 ... 255, from the least to the most. */
function stretched(values: Float32Array): Float32Array {
  const low = values.reduce((least, value) => Math.min(least, value), Infinity);
  const high = values.reduce((most, value) => Math.max(most, value), -Infinity);
  return values.map((value) => (255 * (value - low)) / (high - low || 1));
}
