// Because of whose budget all train less than some could, and at the desk a button that lets it narrow nobody.

import type { DashboardDevice } from '../../shared/contract/dashboard.ts';
import { formatByteSize } from '../../shared/byteSize.ts';
import { create } from './elements.ts';

/** More lines than this are a count. */
const MOST_LINES = 3;

export type Exempt = (device: DashboardDevice, isExempt: boolean) => void;

export interface NarrowingView {
  show(devices: Iterable<DashboardDevice>): void;
  /** From now on each line has a button. */
  offerExemption(exempt: Exempt): void;
}

/** Fills the list `target`. */
export function createNarrowingView(target: HTMLElement): NarrowingView {
  let shown = '';
  let exempt: Exempt | null = null;
  let newest: readonly DashboardDevice[] = [];

  function draw(): void {
    const named = newest.filter(({ narrows, isExempt }) => narrows || isExempt);
    const key = JSON.stringify([
      exempt !== null,
      named.map(({ id, name, isExempt, budgetBytes }) => [id, name, isExempt, budgetBytes]),
    ]);
    if (key === shown) return;
    shown = key;
    const lines = named.slice(0, MOST_LINES).map((device) => createLine(device, exempt));
    const more = named.length - lines.length;
    if (more > 0) lines.push(create('li', '', `and ${more} more`));
    target.replaceChildren(...lines);
    target.hidden = lines.length === 0;
  }

  return {
    show(devices) {
      newest = [...devices].filter(({ state }) => state !== 'gone');
      draw();
    },
    offerExemption(newExempt) {
      exempt = newExempt;
      draw();
    },
  };
}

function createLine(device: DashboardDevice, exempt: Exempt | null): HTMLLIElement {
  const { name, budgetBytes, isExempt } = device;
  const line = create('li', '');
  line.append(
    create('b', '', name),
    isExempt
      ? ' narrows nobody: it trains its own part.'
      : ` narrows all to what ${formatByteSize(budgetBytes)} can train.`,
  );
  if (exempt) {
    const button = create('button', '', isExempt ? 'Let it narrow again' : 'Let the others train more');
    button.type = 'button';
    button.addEventListener('click', () => exempt(device, !isExempt));
    line.append(' ', button);
  }
  return line;
}
