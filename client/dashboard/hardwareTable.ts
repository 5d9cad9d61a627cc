// The class's hardware as a table: what each device is, how long its steps take now and took before, memory and bytes.
// Sorted by any column. Rows are made once, and only what differs is written.

import type { DashboardDevice, StepTimes } from '../../shared/contract/dashboard.ts';
import { sparklinePath } from '../common/sparkline.ts';
import { build, buildButton, draw, setAttribute, write } from '../common/elements.ts';
import type { Language } from '../common/language.ts';
import type { Sayings } from './sayings.ts';

interface Column {
  readonly title: string;
  readonly textOf: (device: DashboardDevice, stepMs: number) => string;
  readonly orderOf: (device: DashboardDevice, stepMs: number) => string | number;
  readonly isNumber?: boolean;
}

function columnsOf({ words, formats, memoryOf }: Sayings): readonly Column[] {
  const { table } = words;
  return [
    { title: table.device, textOf: ({ name }) => name, orderOf: ({ name }) => name },
    {
      title: table.browser,
      textOf: ({ browser, kind }) => [browser, kind].filter((part) => part !== '').join(', ') || '–',
      orderOf: ({ browser }) => browser,
    },
    numeric(
      table.cores,
      ({ cores }) => (cores > 0 ? String(cores) : '–'),
      ({ cores }) => cores,
    ),
    { title: table.backend, textOf: ({ backend }) => backend || '–', orderOf: ({ backend }) => backend },
    numeric(
      table.step,
      (_, stepMs) => formats.ms(stepMs),
      (_, stepMs) => stepMs,
    ),
    numeric(table.memory, memoryOf, ({ deviceBytes }) => deviceBytes),
    numeric(
      table.down,
      ({ bytesDown }) => formats.bytes(bytesDown),
      ({ bytesDown }) => bytesDown,
    ),
    numeric(
      table.up,
      ({ bytesUp }) => formats.bytes(bytesUp),
      ({ bytesUp }) => bytesUp,
    ),
    numeric(
      table.updates,
      ({ updates }) => String(updates),
      ({ updates }) => updates,
    ),
  ];
}

/** Behind the column of step times. */
const CURVE_AFTER = 4;
const CURVE = { width: 96, height: 22 };

function numeric(title: string, textOf: Column['textOf'], orderOf: Column['orderOf']): Column {
  return { title, textOf, orderOf, isNumber: true };
}

export interface HardwareTable {
  /** Those that are here, gone ones left out. */
  show(devices: Iterable<DashboardDevice>, stepTimes: StepTimes): void;
}

interface Row {
  readonly element: HTMLTableRowElement;
  readonly cells: readonly HTMLElement[];
  readonly curve: SVGPathElement;
  readonly curveWords: HTMLElement;
}

/** Fills the `<table>`. */
export function createHardwareTable(target: HTMLTableElement, say: Sayings): HardwareTable {
  const columns = columnsOf(say);
  const rows = new Map<string, Row>();
  const body = build('tbody');
  const headings = columns.map((column, index) => {
    const button = buildButton(column.title, () => sortBy(index), 'sort');
    return build('th', { class: column.isNumber ? 'number' : '', scope: 'col' }, button);
  });
  const curveHeading = build('th', { scope: 'col' }, say.words.table.steps);
  const head = build(
    'tr',
    {},
    ...headings.slice(0, CURVE_AFTER + 1),
    curveHeading,
    ...headings.slice(CURVE_AFTER + 1),
  );
  target.replaceChildren(build('thead', {}, head), body);

  let sorted = 0;
  let isFalling = false;
  let shown: { devices: DashboardDevice[]; stepTimes: StepTimes } = { devices: [], stepTimes: {} };

  function sortBy(index: number): void {
    isFalling = index === sorted ? !isFalling : (columns[index]!.isNumber ?? false);
    sorted = index;
    arrange();
  }

  function arrange(): void {
    headings.forEach((heading, index) => {
      if (index === sorted) heading.setAttribute('aria-sort', isFalling ? 'descending' : 'ascending');
      else heading.removeAttribute('aria-sort');
    });
    const { orderOf } = columns[sorted]!;
    const keyOf = (device: DashboardDevice) => orderOf(device, newestOf(device));
    const order = [...shown.devices].sort(
      (a, b) => compare(keyOf(a), keyOf(b), say.formats.language) * (isFalling ? -1 : 1),
    );
    order.forEach((device, index) => {
      const { element } = rows.get(device.id)!;
      if (body.children[index] !== element) body.insertBefore(element, body.children[index] ?? null);
    });
  }

  function newestOf(device: DashboardDevice): number {
    return shown.stepTimes[device.id]?.stepMs.at(-1) ?? device.stepMs;
  }

  return {
    show(devices, stepTimes) {
      shown = { devices: [...devices].filter(({ state }) => state !== 'gone'), stepTimes };
      const here = new Set(shown.devices.map(({ id }) => id));
      for (const [id, { element }] of rows) {
        if (here.has(id)) continue;
        element.remove();
        rows.delete(id);
      }
      for (const device of shown.devices) {
        const row = rows.get(device.id) ?? createRow(columns);
        rows.set(device.id, row);
        columns.forEach(({ textOf }, i) => write(row.cells[i]!, textOf(device, newestOf(device))));
        showCurve(row, stepTimes[device.id]?.stepMs ?? [], say);
      }
      arrange();
    },
  };
}

function compare(a: string | number, b: string | number, language: Language): number {
  return typeof a === 'number' && typeof b === 'number'
    ? a - b
    : String(a).localeCompare(String(b), language, { numeric: true });
}

function createRow(columns: readonly Column[]): Row {
  const cells = columns.map(({ isNumber }, i) =>
    i === 0 ? build('th', { scope: 'row' }) : build('td', { class: isNumber ? 'number' : '' }),
  );
  const curve = draw('path');
  const viewBox = `0 -1 ${CURVE.width} ${CURVE.height + 2}`;
  const curveWords = build('span', { class: 'visually-hidden' });
  const curveCell = build(
    'td',
    { class: 'curve-cell' },
    draw('svg', { viewBox, 'aria-hidden': 'true' }, curve),
    curveWords,
  );
  const element = build(
    'tr',
    {},
    ...cells.slice(0, CURVE_AFTER + 1),
    curveCell,
    ...cells.slice(CURVE_AFTER + 1),
  );
  return { element, cells, curve, curveWords };
}

/** From nothing up, so that two devices can be told apart. */
function showCurve({ curve, curveWords }: Row, stepMs: readonly number[], { words, formats }: Sayings): void {
  const path = sparklinePath(stepMs, CURVE.width, CURVE.height, 0);
  setAttribute(curve, 'd', path);
  write(
    curveWords,
    stepMs.length < 2
      ? words.table.notYet
      : words.table.curve(
          formats.ms(stepMs[0]!),
          formats.ms(stepMs.at(-1)!),
          formats.ms(Math.max(...stepMs)),
        ),
  );
}
