// The picture of the model: one block a layer, as wide as its parameters weigh, filled as far as it is trained here.

import type { LayerShare } from '../device/deviceState.ts';
import { formatShare } from './words.ts';

let shown = '';

/** Shows `layers` in the list `target`, in the model's order. */
export function showLayers(target: HTMLElement, layers: readonly LayerShare[]): void {
  const key = JSON.stringify(layers);
  if (key === shown) return;
  shown = key;
  target.replaceChildren(...layers.map(createLayer));
}

function createLayer({ name, numParameters, trainedShare }: LayerShare): HTMLElement {
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
    line('detail', numParameters.toLocaleString('en')),
    line(
      'detail',
      trainedShare === 0 ? 'frozen' : trainedShare === 1 ? 'trained' : `${formatShare(trainedShare)} trained`,
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
