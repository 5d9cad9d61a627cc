// What the model takes for what, as a table, and held-out pictures that it is wrong about.

import type { DashboardRun, Examination } from '../../shared/contract/dashboard.ts';
import { create, setText } from './elements.ts';
import { plural } from './words.ts';

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
        setText(cell, value === 0 ? '' : String(value));
        cell.style.setProperty('--share', Math.sqrt(value / total).toFixed(3));
      });
    }
    const wrong = confusion.reduce(
      (sum, value, i) => (Math.floor(i / count) === i % count ? sum : sum + value),
      0,
    );
    const all = confusion.reduce((sum, value) => sum + value, 0);
    setText(
      targets.confusionNote,
      `Rows: what it is; columns: what the model says. Wrong in ${wrong.toLocaleString('en')} of ${plural(all, 'sample')}.`,
    );
  }

  async function showMistakes(run: DashboardRun, mistakes: Examination['mistakes']): Promise<void> {
    const drawn = await Promise.all(
      mistakes.map(async (mistake) => {
        let sample = samples.get(mistake.sample);
        if (!sample) {
          sample = fetchSample(mistake.sample);
          samples.set(mistake.sample, sample);
        }
        return createMistake(run, mistake, await sample);
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
        cells = createTable(targets.confusion, run.classes);
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
  const table = create('table', 'confusion');
  const head = create('tr', '');
  head.append(create('td', ''), ...classes.map((name) => heading(name, 'col')));
  const cells: HTMLElement[] = [];
  const rows = classes.map((name, truth) => {
    const row = create('tr', '');
    const own = classes.map((_, said) => create('td', truth === said ? 'right' : 'wrong'));
    cells.push(...own);
    row.append(heading(name, 'row'), ...own);
    return row;
  });
  table.append(head, ...rows);
  target.replaceChildren(table);
  return cells;
}

function heading(name: string, scope: 'row' | 'col'): HTMLElement {
  const cell = create('th', '', name);
  cell.scope = scope;
  return cell;
}

function createMistake(
  { classes, picture, inputs }: DashboardRun,
  { truth, said, confidence }: Examination['mistakes'][number],
  sample: ArrayBuffer,
): HTMLElement {
  const item = create('li', '');
  const canvas = create('canvas', '');
  const [height, width, channels] = picture!;
  canvas.width = width;
  canvas.height = height;
  canvas.setAttribute('role', 'img');
  canvas.setAttribute('aria-label', `A ${classes[truth]!} taken for a ${classes[said]!}`);
  const values = inputs === 'uint8' ? new Uint8Array(sample) : stretched(new Float32Array(sample));
  const image = new ImageData(width, height);
  for (let pixel = 0; pixel < width * height; pixel++) {
    for (let k = 0; k < 3; k++)
      image.data[pixel * 4 + k] = values[pixel * channels + (channels === 3 ? k : 0)]!;
    image.data[pixel * 4 + 3] = 255;
  }
  canvas.getContext('2d')!.putImageData(image, 0, 0);
  const caption = create('p', '');
  caption.append(
    create('b', '', classes[said]!),
    `, is ${classes[truth]!}`,
    create('span', 'sure', `${Math.round(confidence * 100)}\u00a0% sure`),
  );
  item.append(canvas, caption);
  return item;
}

/** Over 0 ... 255, from the least to the most. */
function stretched(values: Float32Array): Float32Array {
  const low = values.reduce((least, value) => Math.min(least, value), Infinity);
  const high = values.reduce((most, value) => Math.max(most, value), -Infinity);
  return values.map((value) => (255 * (value - low)) / (high - low || 1));
}
