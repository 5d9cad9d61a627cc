// How old updates were when they were aggregated, as bars: one a version, then wider ones for the long tail.

import { build } from '../common/elements.ts';
import type { Sayings } from './sayings.ts';

export interface Bar {
  readonly label: string;
  readonly count: number;
}

/** 0, 1, 2, 3, 4-5, 6-9, 10-19, 20-49, 50+ versions; no more of them than there are updates for. */
const ENDS = [1, 2, 3, 4, 6, 10, 20, 50, Infinity];

/** `staleness[tau]` updates of each age become bars. */
export function barsOf(staleness: readonly number[]): Bar[] {
  const bars: Bar[] = [];
  let from = 0;
  for (const end of ENDS) {
    const count = staleness.slice(from, end).reduce((sum, updates) => sum + updates, 0);
    const label = end === from + 1 ? String(from) : end === Infinity ? `${from}+` : `${from}–${end - 1}`;
    bars.push({ label, count });
    from = end;
    if (from >= staleness.length) break;
  }
  return bars;
}

/** Shows the bars in `target` and says in words what they show. */
export function showStaleness(
  target: HTMLElement,
  staleness: readonly number[],
  { words, formats }: Sayings,
): void {
  const bars = barsOf(staleness);
  const most = Math.max(1, ...bars.map(({ count }) => count));
  const total = bars.reduce((sum, { count }) => sum + count, 0);
  target.setAttribute(
    'aria-label',
    total === 0 ? words.ages.none : bars.map(({ label, count }) => words.ages.bar(count, label)).join(', '),
  );
  while (target.children.length > bars.length) target.lastElementChild!.remove();
  bars.forEach(({ label, count }, i) => {
    const column = (target.children[i] as HTMLElement | undefined) ?? target.appendChild(createColumn());
    const [value, rod, name] = column.children as unknown as [HTMLElement, HTMLElement, HTMLElement];
    const share = formats.percent(total > 0 ? count / total : 0);
    const isSeen = Math.round((100 * count) / Math.max(1, total)) > 0;
    value.textContent = count === 0 ? '' : isSeen ? share : `<${formats.percent(0.01)}`;
    rod.style.height = `${((100 * count) / most).toFixed(1)}%`;
    name.textContent = label;
  });
}

function createColumn(): HTMLElement {
  const column = build('div', { class: 'column' });
  column.append(
    build('span', { class: 'value' }),
    build('i', { class: 'stick' }),
    build('span', { class: 'label' }),
  );
  return column;
}
