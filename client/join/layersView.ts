// The picture of the model: one block a layer, as wide as its parameters weigh, filled as far as it is trained here.

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
  const item = document.createElement('li');
  item.style.flexGrow = String(Math.sqrt(numParameters));
  const block = document.createElement('div');
  block.className = 'block';
  const trained = document.createElement('div');
  trained.className = 'trained';
  trained.style.height = `${100 * trainedShare}%`;
  block.append(trained);
  item.append(
    block,
    line('name', name),
    line('detail', numParameters.toLocaleString(words.locale)),
    line(
      'detail',
      trainedShare === 0 ? frozen : trainedShare === 1 ? all : shareTrained(shareOf(trainedShare)),
    ),
  );
  return item;
}

function line(className: string, text: string): HTMLElement {
  const span = document.createElement('span');
  span.className = className;
  span.textContent = text;
  return span;
}
