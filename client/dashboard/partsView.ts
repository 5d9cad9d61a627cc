// The picture of the model: a row a class of devices, a block a layer, filled where that class trains it.
// Rows can be picked: the arena below is that of the picked one.

import type { ModelSpec } from '../../shared/engine/model.ts';
import { formatByteSize } from '../../shared/byteSize.ts';
import { create } from './elements.ts';
import { layerParts, type AlikeDevices, type LayerPart } from './modelParts.ts';
import { formatShare, plural } from './words.ts';

export interface PartsView {
  show(model: ModelSpec, classes: readonly AlikeDevices[]): void;
}

/** `picked` is told the class whose arena is wanted: at first the one with the smallest budget. */
export function createPartsView(target: HTMLElement, picked: (of: AlikeDevices) => void): PartsView {
  let shown = '';
  let pickedKey = '';

  function pick(of: AlikeDevices): void {
    pickedKey = of.key;
    picked(of);
  }

  return {
    show(model, classes) {
      const key = JSON.stringify(classes.map(({ scheme, ...rest }) => [rest, scheme.entries]));
      if (key === shown) return;
      shown = key;
      const hadFocus = target.contains(document.activeElement);
      const chosen = classes.find((each) => each.key === pickedKey) ?? classes.at(-1);
      target.replaceChildren(...classes.map((each) => createRow(model, each, each === chosen, pick)));
      if (hadFocus) target.querySelector<HTMLInputElement>('input:checked')?.focus();
      if (chosen) pick(chosen);
    },
  };
}

function createRow(
  model: ModelSpec,
  of: AlikeDevices,
  isPicked: boolean,
  pick: (of: AlikeDevices) => void,
): HTMLElement {
  const row = create('label', 'part-row');
  const radio = create('input', '');
  radio.type = 'radio';
  radio.name = 'part';
  radio.checked = isPicked;
  radio.addEventListener('change', () => pick(of));
  const who = of.kind === '' ? plural(of.count, 'device') : `${of.count} × ${of.kind}`;
  const caption = create('span', 'part-caption');
  caption.append(
    create('b', '', who),
    create('span', '', `${formatByteSize(of.budgetBytes)}, trains ${formatShare(of.trainedShare)}`),
  );
  const blocks = create('span', 'blocks');
  blocks.append(...layerParts(model, of.scheme).map(createBlock));
  row.append(radio, caption, blocks);
  return row;
}

function createBlock(part: LayerPart): HTMLElement {
  const item = create('span', 'layer');
  item.style.flexGrow = String(Math.sqrt(part.numParameters));
  const block = create('span', 'block');
  const [bottom, top] = part.inputs;
  for (const [left, right] of part.outputs) {
    const trained = create('span', 'trained');
    trained.style.left = `${100 * left}%`;
    trained.style.right = `${100 * (1 - right)}%`;
    trained.style.bottom = `${100 * bottom}%`;
    trained.style.top = `${100 * (1 - top)}%`;
    block.append(trained);
  }
  if (part.outputs.length === 0 && part.isBiasTrained) block.append(create('span', 'trained bias'));
  item.append(block, create('span', 'layer-name', part.name), create('span', 'layer-detail', detailOf(part)));
  return item;
}

function detailOf({ outputs, inputs, isBiasTrained }: LayerPart): string {
  if (outputs.length === 0) return isBiasTrained ? 'bias' : 'frozen';
  const across = outputs.reduce((sum, [from, to]) => sum + to - from, 0);
  return formatShare(across * (inputs[1] - inputs[0]));
}
