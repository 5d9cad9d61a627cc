// Own digits: drawn, or a picture of one; seen as the model sees it. A press on a tile, or its key, says which it is.

import { DIGIT_SIDE } from '../../../shared/tasks/digits/generateDigits.ts';
import { build, buildButton } from '../../common/elements.ts';
import { buildFileButton } from './fileButton.ts';
import { decodePicture } from './decodePicture.ts';
import { drawingToDigit } from './digitImage.ts';
import { createDrawingField, FIELD_SIZE, greyCanvas } from './drawingField.ts';
import type { InputHost, OwnInput } from './ownInput.ts';
import { pictureToDigit } from './pictureSample.ts';

export function createDrawingInput(host: InputHost): OwnInput {
  const words = host.words.drawing;
  /** As the model sees it; null while there is nothing. */
  let digit: Uint8Array<ArrayBuffer> | null = null;

  const field = createDrawingField({
    label: words.field,
    describedBy: 'own-draw-keys',
    changed() {
      const strokes = field.strokes();
      show(strokes.length > 0 ? drawingToDigit(strokes, FIELD_SIZE) : null);
    },
    penMoved: (isDown) => host.say(isDown ? words.penDown : words.penUp),
    keyPressed(key) {
      const label = host.classNames.indexOf(key);
      if (label >= 0) void addAs(label);
    },
  });
  const seen = build('div', { class: 'own-seen', role: 'img', 'aria-label': words.seen, title: words.seen });
  const undo = buildButton(words.undo, field.undo, 'small');
  const clear = buildButton(words.clear, field.clear, 'small');

  function show(image: Uint8Array<ArrayBuffer> | null): void {
    digit = image;
    const picture = greyCanvas(image ?? new Uint8Array(DIGIT_SIDE * DIGIT_SIDE), DIGIT_SIDE, '#fff');
    seen.replaceChildren(picture);
    undo.disabled = field.strokes().length === 0;
    clear.disabled = !image;
    host.guess(image);
  }

  async function usePicture(file: File): Promise<void> {
    const pixels = await decodePicture(file);
    const image = pixels && pictureToDigit(pixels);
    host.say('');
    if (!image)
      return host.complain(pixels ? words.noDigit(file.name) : host.words.pictures.unreadable(file.name));
    field.showPicture(image, DIGIT_SIDE);
    show(image);
  }

  async function addAs(label: number): Promise<void> {
    if (!digit) return host.say(words.drawFirst);
    const drawn = [...field.strokes()];
    const inputs = digit;
    // At once: whoever draws on while it is being added loses nothing.
    field.clear();
    const isAdded = await host.add({ count: 1, inputs, labels: Uint8Array.of(label) });
    if (!isAdded && !digit) field.restore(drawn);
  }

  show(null);
  return {
    tileUse: 'press',
    seen,
    element: build(
      'div',
      { class: 'own-draw' },
      build(
        'div',
        { class: 'own-field' },
        field.element,
        build('p', { id: 'own-draw-keys', class: 'own-keys' }, words.keys),
      ),
      build(
        'div',
        { class: 'own-row' },
        undo,
        clear,
        buildFileButton(words.picture, { accept: 'image/*' }, ([file]) => void usePicture(file!), 'small'),
      ),
    ),
    pressed: (label) => void addAs(label),
    close: field.close,
  };
}
