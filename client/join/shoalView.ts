// The shoal under the headline: a fish a device, this tab's own in colour. Decoration: the headline says it in words.

import { build, drawFish } from '../common/elements.ts';

const MOST_FISH = 48;

/** Shows `numDevices` fish in `target`; `sayMore` says how many there was no room for. */
export function showShoal(target: HTMLElement, numDevices: number, sayMore: (more: number) => string): void {
  const numFish = Math.min(numDevices, MOST_FISH);
  const more = numDevices - numFish;
  const key = String(numDevices);
  if (target.dataset['shown'] === key) return;
  target.dataset['shown'] = key;
  const fish = Array.from({ length: numFish }, (_, i) => drawFish({ class: i === 0 && 'mine' }));
  const rest = more > 0 ? [build('span', { class: 'more' }, sayMore(more))] : [];
  target.replaceChildren(...fish, ...rest);
}
