// The shoal under the headline: a fish a device, this tab's own in colour. Decoration: the headline says it in words.

const MOST_FISH = 48;

/** Shows `numDevices` fish in `target`; `sayMore` says how many there was no room for. */
export function showShoal(target: HTMLElement, numDevices: number, sayMore: (more: number) => string): void {
  const numFish = Math.min(numDevices, MOST_FISH);
  const more = numDevices - numFish;
  const key = String(numDevices);
  if (target.dataset['shown'] === key) return;
  target.dataset['shown'] = key;
  const fish = Array.from({ length: numFish }, (_, i) => createFish(i === 0));
  const rest = document.createElement('span');
  rest.className = 'more';
  rest.textContent = sayMore(more);
  target.replaceChildren(...fish, ...(more > 0 ? [rest] : []));
}

function createFish(isMine: boolean): SVGElement {
  const fish = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
  use.setAttribute('href', '#fish');
  if (isMine) fish.setAttribute('class', 'mine');
  fish.append(use);
  return fish;
}
