// Own pictures from files: one by one with a press on a tile, or a folder with a folder for each class.

import { build, buildButton, write } from '../../common/elements.ts';
import { buildFileButton } from './fileButton.ts';
import { sortByFolder } from './classFolders.ts';
import { decodePicture } from './decodePicture.ts';
import type { InputHost, OwnInput } from './ownInput.ts';
import { pictureToSample } from './pictureSample.ts';

/** These tasks' pictures are bright things on black. */
const NEGATIVE_TASKS: ReadonlySet<string> = new Set(['fashion']);
/** Names told of many. */
const MOST_NAMES = 12;

interface Undecided {
  readonly name: string;
  readonly sample: Uint8Array<ArrayBuffer>;
}

export function createPictureInput(host: InputHost): OwnInput {
  const words = host.words.pictures;
  const { model, id, classes } = host.task;
  const shape = model.input as readonly [number, number, number];
  /** Chosen and not yet said what they are; the first is shown. */
  let undecided: Undecided[] = [];
  let isBusy = false;

  const preview = build('canvas', {
    class: 'own-picture',
    width: shape[1],
    height: shape[0],
    role: 'img',
    'aria-label': words.preview,
  });
  const question = build('p', { class: 'own-question' });
  const forAll = build('input', { type: 'checkbox' });
  const forAllText = build('span');
  const forAllLabel = build('label', { class: 'own-check', hidden: true }, forAll, forAllText);
  const drop = buildButton(words.drop, () => next(1), 'small');
  const current = build(
    'div',
    { class: 'own-current', hidden: true },
    preview,
    build('div', {}, question, forAllLabel, drop),
  );

  async function read(file: File): Promise<Uint8Array<ArrayBuffer> | null> {
    const pixels = await decodePicture(file);
    return pixels && pictureToSample(pixels, shape, NEGATIVE_TASKS.has(id));
  }

  /** Reads them one after the other; names of those that cannot be read. */
  async function readAll<T>(
    files: readonly T[],
    fileOf: (each: T) => File,
    took: (each: T, sample: Uint8Array<ArrayBuffer>) => void,
  ): Promise<string[]> {
    const unreadable: string[] = [];
    isBusy = true;
    for (const [i, each] of files.entries()) {
      if (files.length > 1 && i % 10 === 0) host.say(words.reading(i + 1, files.length));
      const sample = await read(fileOf(each));
      if (sample) took(each, sample);
      else unreadable.push(fileOf(each).name);
    }
    isBusy = false;
    return unreadable;
  }

  async function useFiles(files: readonly File[]): Promise<void> {
    if (isBusy) return;
    const unreadable = await readAll(
      files,
      (file) => file,
      ({ name }, sample) => undecided.push({ name, sample }),
    );
    host.say('');
    complainOf(unreadable, []);
    show();
  }

  async function useFolder(files: readonly File[]): Promise<void> {
    if (isBusy) return;
    const sorted = sortByFolder(files, (file) => file.webkitRelativePath || file.name, classes);
    const samples: Uint8Array[] = [];
    const labels: number[] = [];
    const unreadable = await readAll(
      sorted.files,
      ({ file }) => file,
      ({ label }, sample) => {
        samples.push(sample);
        labels.push(label);
      },
    );
    host.say('');
    if (labels.length > 0)
      await host.add({ count: labels.length, inputs: joined(samples), labels: Uint8Array.from(labels) });
    complainOf(unreadable, sorted.unknown, labels.length === 0);
  }

  function complainOf(unreadable: readonly string[], unknown: readonly string[], isNothing = false): void {
    const lines = [
      ...(unknown.length > 0 ? [words.unknownFolders(listed(unknown))] : []),
      ...(unreadable.length > 0 ? [words.unreadable(listed(unreadable))] : []),
    ];
    if (lines.length > 0) host.complain(...lines);
    else if (isNothing) host.complain(words.nothing);
  }

  function show(): void {
    const first = undecided[0];
    current.hidden = !first;
    forAllLabel.hidden = undecided.length < 2;
    if (undecided.length < 2) forAll.checked = false;
    host.guess(first?.sample ?? null);
    if (!first) return;
    write(question, words.which(first.name, undecided.length));
    write(forAllText, words.forAll(undecided.length));
    paintSample(preview, first.sample, shape);
  }

  function next(number: number): void {
    undecided = undecided.slice(number);
    show();
  }

  async function addAs(label: number): Promise<void> {
    if (undecided.length === 0) return host.say(words.chooseFirst);
    if (isBusy) return;
    const taken = forAll.checked ? undecided : undecided.slice(0, 1);
    isBusy = true;
    const isAdded = await host.add({
      count: taken.length,
      inputs: joined(taken.map(({ sample }) => sample)),
      labels: new Uint8Array(taken.length).fill(label),
    });
    isBusy = false;
    if (isAdded) next(taken.length);
  }

  const canTakeFolders = 'webkitdirectory' in build('input');
  return {
    tileUse: 'press',
    element: build(
      'div',
      { class: 'own-pictures' },
      build(
        'div',
        { class: 'own-row' },
        buildFileButton(
          words.files,
          { accept: 'image/*', multiple: true },
          (files) => void useFiles(files),
          'primary',
        ),
        ...(canTakeFolders
          ? [
              buildFileButton(
                words.folder,
                { webkitdirectory: true, multiple: true },
                (files) => void useFolder(files),
              ),
            ]
          : []),
      ),
      current,
      ...(canTakeFolders ? [build('p', { class: 'note' }, words.folderHint(listed(classes)))] : []),
    ),
    pressed: (label) => void addAs(label),
    close() {},
  };
}

/** Shows `[height, width, channels]`. */
function paintSample(
  canvas: HTMLCanvasElement,
  sample: Uint8Array,
  [height, width, channels]: readonly [number, number, number],
): void {
  const image = new ImageData(width, height);
  for (let i = 0; i < width * height; i++)
    for (let channel = 0; channel < 4; channel++)
      image.data[4 * i + channel] = channel === 3 ? 255 : sample[channels * i + (channel % channels)]!;
  canvas.getContext('2d')!.putImageData(image, 0, 0);
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function listed(names: readonly string[]): string {
  return names.length > MOST_NAMES
    ? `${names.slice(0, MOST_NAMES).join(', ')} … (${names.length})`
    : names.join(', ');
}
