// Because of whose budget all train less than some could, and at the desk a button that lets it narrow nobody.

import type { DashboardDevice } from '../../shared/contract/dashboard.ts';
import { build, buildButton } from '../common/elements.ts';
import type { Sayings } from './sayings.ts';

/** More lines than this are a count. */
const MOST_LINES = 3;

export type Exempt = (device: DashboardDevice, isExempt: boolean) => void;

export interface NarrowingView {
  show(devices: Iterable<DashboardDevice>): void;
  /** From now on each line has a button. */
  offerExemption(exempt: Exempt): void;
}

/** Fills the list `target`. */
export function createNarrowingView(target: HTMLElement, say: Sayings): NarrowingView {
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
    const lines = named.slice(0, MOST_LINES).map((device) => createLine(device, exempt, say));
    const more = named.length - lines.length;
    if (more > 0) lines.push(build('li', {}, say.words.more(more)));
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

function createLine(
  device: DashboardDevice,
  exempt: Exempt | null,
  { words, formats }: Sayings,
): HTMLLIElement {
  const { name, budgetBytes, isExempt } = device;
  const text = words.parts;
  const line = build(
    'li',
    {},
    build('b', {}, name),
    ` ${isExempt ? text.narrowsNobody : text.narrows(formats.bytes(budgetBytes))}`,
  );
  if (exempt)
    line.append(
      ' ',
      buildButton(isExempt ? text.unexempt : text.exempt, () => exempt(device, !isExempt)),
    );
  return line;
}
