// The class's hardware as a table: what each device is, how long its steps take now and took before, memory and bytes.
// Sorted by any column. Rows are made once, and only what differs is written.

import { formatByteSize } from '../../shared/byteSize.ts';
import type { DashboardDevice, StepTimes } from '../../shared/contract/dashboard.ts';
import { sparklinePath } from '../common/sparkline.ts';
import { create, setText } from './elements.ts';
import { formatMs, memoryOf } from './words.ts';

interface Column {
  readonly title: string;
  readonly textOf: (device: DashboardDevice, stepMs: number) => string;
  readonly orderOf: (device: DashboardDevice, stepMs: number) => string | number;
  readonly isNumber?: boolean;
}

const COLUMNS: readonly Column[] = [
  { title: 'Device', textOf: ({ name }) => name, orderOf: ({ name }) => name },
  {
    title: 'Browser',
    textOf: ({ browser, kind }) => [browser, kind].filter((part) => part !== '').join(', ') || '–',
    orderOf: ({ browser }) => browser,
  },
  numeric(
    'Cores',
    ({ cores }) => (cores > 0 ? String(cores) : '–'),
    ({ cores }) => cores,
  ),
  { title: 'Backend', textOf: ({ backend }) => backend || '–', orderOf: ({ backend }) => backend },
  numeric(
    'Step now',
    (_, stepMs) => formatMs(stepMs),
    (_, stepMs) => stepMs,
  ),
  numeric('Peak memory', memoryOf, ({ deviceBytes }) => deviceBytes),
  numeric(
    'Down',
    ({ bytesDown }) => formatByteSize(bytesDown),
    ({ bytesDown }) => bytesDown,
  ),
  numeric(
    'Up',
    ({ bytesUp }) => formatByteSize(bytesUp),
    ({ bytesUp }) => bytesUp,
  ),
  numeric(
    'Updates',
    ({ updates }) => String(updates),
    ({ updates }) => updates,
  ),
];
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
  readonly curveCell: HTMLElement;
}

/** Fills the `<table>`. */
export function createHardwareTable(target: HTMLTableElement): HardwareTable {
  const rows = new Map<string, Row>();
  const body = create('tbody', '');
  const headings = COLUMNS.map((column, index) => {
    const heading = create('th', column.isNumber ? 'number' : '');
    heading.scope = 'col';
    const button = create('button', 'sort', column.title);
    button.type = 'button';
    button.addEventListener('click', () => sortBy(index));
    heading.append(button);
    return heading;
  });
  const curveHeading = create('th', '', 'Step over time');
  curveHeading.scope = 'col';
  const head = create('thead', '');
  const headRow = create('tr', '');
  headRow.append(...headings.slice(0, CURVE_AFTER + 1), curveHeading, ...headings.slice(CURVE_AFTER + 1));
  head.append(headRow);
  target.replaceChildren(head, body);

  let sorted = 0;
  let isFalling = false;
  let shown: { devices: DashboardDevice[]; stepTimes: StepTimes } = { devices: [], stepTimes: {} };

  function sortBy(index: number): void {
    isFalling = index === sorted ? !isFalling : (COLUMNS[index]!.isNumber ?? false);
    sorted = index;
    arrange();
  }

  function arrange(): void {
    headings.forEach((heading, index) => {
      if (index === sorted) heading.setAttribute('aria-sort', isFalling ? 'descending' : 'ascending');
      else heading.removeAttribute('aria-sort');
    });
    const { orderOf } = COLUMNS[sorted]!;
    const keyOf = (device: DashboardDevice) => orderOf(device, newestOf(device));
    const order = [...shown.devices].sort((a, b) => compare(keyOf(a), keyOf(b)) * (isFalling ? -1 : 1));
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
        const row = rows.get(device.id) ?? createRow();
        rows.set(device.id, row);
        COLUMNS.forEach(({ textOf }, i) => setText(row.cells[i]!, textOf(device, newestOf(device))));
        showCurve(row, stepTimes[device.id]?.stepMs ?? []);
      }
      arrange();
    },
  };
}

function compare(a: string | number, b: string | number): number {
  return typeof a === 'number' && typeof b === 'number'
    ? a - b
    : String(a).localeCompare(String(b), 'en', { numeric: true });
}

function createRow(): Row {
  const element = create('tr', '');
  const cells = COLUMNS.map(({ isNumber }, i) => {
    const cell = i === 0 ? create('th', '') : create('td', isNumber ? 'number' : '');
    if (i === 0) (cell as HTMLTableCellElement).scope = 'row';
    return cell;
  });
  const curveCell = create('td', 'curve-cell');
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', `0 -1 ${CURVE.width} ${CURVE.height + 2}`);
  svg.setAttribute('aria-hidden', 'true');
  const curve = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  svg.append(curve);
  const words = create('span', 'visually-hidden');
  curveCell.append(svg, words);
  element.append(...cells.slice(0, CURVE_AFTER + 1), curveCell, ...cells.slice(CURVE_AFTER + 1));
  return { element, cells, curve, curveCell: words };
}

/** From nothing up, so that two devices can be told apart. */
function showCurve({ curve, curveCell }: Row, stepMs: readonly number[]): void {
  const path = sparklinePath(stepMs, CURVE.width, CURVE.height, 0);
  if ((curve.getAttribute('d') ?? '') !== path) curve.setAttribute('d', path);
  setText(
    curveCell,
    stepMs.length < 2
      ? 'not yet'
      : `from ${formatMs(stepMs[0]!)} to ${formatMs(stepMs.at(-1)!)}, at most ${formatMs(Math.max(...stepMs))}`,
  );
}
