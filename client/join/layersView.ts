// The picture of the model: one block a layer, as wide as its parameters weigh, filled as far as it is trained here.

import { build } from '../common/elements.ts';
import type { LayerShare } from '../device/deviceState.ts';
import type { Sayings } from './sayings.ts';

let shown = '';

/** Shows `layers` in the list `target`, in the model's order. */
export function showLayers(target: HTMLElement, layers: readonly LayerShare[], say: Sayings): void {
  const key = JSON.stringify(layers);
  if (key === shown) return;
  shown = key;
  target.replaceChildren(...layers.map((layer) => createLayer(layer, say)));
}

function createLayer({ name, numParameters, trainedShare }: LayerShare, say: Sayings): HTMLElement {
  const { words, shareOf } = say;
  const { frozen, trained: all, shareTrained } = words.model;
  const trained = build('div', { class: 'trained' });
  trained.style.height = `${100 * trainedShare}%`;
  const part = trainedShare === 0 ? frozen : trainedShare === 1 ? all : shareTrained(shareOf(trainedShare));
  const item = build(
    'li',
    {},
    build('div', { class: 'block' }, trained),
    build('span', { class: 'name' }, name),
    build('span', { class: 'detail' }, words.formats.whole(numParameters)),
    build('span', { class: 'detail' }, part),
  );
  item.style.flexGrow = String(Math.sqrt(numParameters));
  return item;
}
