// The picture of the model: a row a class of devices, a block a layer, filled where that class trains it.
// Rows can be picked: the arena below is that of the picked one.

import type { ModelSpec } from '../../shared/engine/model.ts';
import { build } from '../common/elements.ts';
import { layerParts, type AlikeDevices, type LayerPart } from './modelParts.ts';
import type { Sayings } from './sayings.ts';

export interface PartsView {
  show(model: ModelSpec, classes: readonly AlikeDevices[]): void;
}

/** `picked` is told the class whose arena is wanted: at first the one with the smallest budget. */
export function createPartsView(
  target: HTMLElement,
  say: Sayings,
  picked: (of: AlikeDevices) => void,
): PartsView {
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
      target.replaceChildren(...classes.map((each) => createRow(model, each, each === chosen, pick, say)));
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
  say: Sayings,
): HTMLElement {
  const { words, formats } = say;
  const radio = build('input', { type: 'radio', name: 'part', checked: isPicked });
  radio.addEventListener('change', () => pick(of));
  const who = of.kind === '' ? words.devices(of.count) : `${formats.whole(of.count)} × ${of.kind}`;
  const what = words.parts.trains(formats.bytes(of.budgetBytes), say.shareOf(of.trainedShare));
  const caption = build('span', { class: 'part-caption' }, build('b', {}, who), build('span', {}, what));
  const blocks = layerParts(model, of.scheme).map((part) => createBlock(part, say));
  return build('label', { class: 'part-row' }, radio, caption, build('span', { class: 'blocks' }, ...blocks));
}

function createBlock(part: LayerPart, say: Sayings): HTMLElement {
  const block = build('span', { class: 'block' });
  const [bottom, top] = part.inputs;
  for (const [left, right] of part.outputs) {
    const trained = build('span', { class: 'trained' });
    trained.style.left = `${100 * left}%`;
    trained.style.right = `${100 * (1 - right)}%`;
    trained.style.bottom = `${100 * bottom}%`;
    trained.style.top = `${100 * (1 - top)}%`;
    block.append(trained);
  }
  if (part.outputs.length === 0 && part.isBiasTrained) block.append(build('span', { class: 'trained bias' }));
  const item = build(
    'span',
    { class: 'layer' },
    block,
    build('span', { class: 'layer-name' }, part.name),
    build('span', { class: 'layer-detail' }, detailOf(part, say)),
  );
  item.style.flexGrow = String(Math.sqrt(part.numParameters));
  return item;
}

function detailOf({ outputs, inputs, isBiasTrained }: LayerPart, { words, shareOf }: Sayings): string {
  if (outputs.length === 0) return isBiasTrained ? words.parts.bias : words.frozen;
  const across = outputs.reduce((sum, [from, to]) => sum + to - from, 0);
  return shareOf(across * (inputs[1] - inputs[0]));
}
