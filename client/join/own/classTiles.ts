// A tile for each class: its name, how many own samples it has, what the models say of the sample at hand. A tile is pressed
// to say what a sample is. Knows nothing of samples.

import type { Prediction } from '../../device/ownData.ts';
import { build, setShare, write } from '../../common/elements.ts';
import type { OwnWords } from './ownWords.ts';

/** `press`: tiles say what the sample at hand is; `choose`: one tile is chosen for what comes; `show`: no buttons. */
export type TileUse = 'press' | 'choose' | 'show';

export interface ClassTiles {
  readonly element: HTMLElement;
  showCounts(perClass: readonly number[]): void;
  showGuess(prediction: Prediction | null): void;
  /** Index of the chosen class; -1 before one is. */
  chosen(): number;
}

interface Tile {
  readonly face: HTMLElement;
  readonly count: HTMLElement;
  readonly global: HTMLElement;
  readonly personal: HTMLElement;
}

export function createClassTiles(
  names: readonly string[],
  use: TileUse,
  words: OwnWords,
  pressed: (label: number) => void,
): ClassTiles {
  let choice = -1;
  const tiles = names.map((name, label): Tile => {
    const count = build('span', { class: 'own-count' });
    const [global, personal] = [build('i'), build('i')];
    const bars = build('span', { class: 'own-bars', 'aria-hidden': 'true' }, global, personal);
    const parts = [build('span', { class: 'own-name' }, name), count, bars];
    const face =
      use === 'show'
        ? build('div', { class: 'own-tile' }, ...parts)
        : build('button', { type: 'button', class: 'own-tile' }, ...parts);
    if (use === 'choose') face.setAttribute('aria-pressed', 'false');
    face.addEventListener('click', () => {
      if (use === 'show') return;
      if (use === 'choose') choose(label);
      pressed(label);
    });
    return { face, count, global, personal };
  });
  function choose(label: number): void {
    choice = label;
    tiles.forEach(({ face }, i) => face.setAttribute('aria-pressed', String(i === label)));
  }
  const isShort = names.every((name) => name.length <= 2);
  return {
    element: build(
      'ul',
      { class: isShort ? 'own-tiles short' : 'own-tiles' },
      ...tiles.map(({ face }) => build('li', {}, face)),
    ),
    showCounts(perClass) {
      tiles.forEach(({ count }, i) => {
        const number = perClass[i] ?? 0;
        if (count.dataset['number'] === String(number)) return;
        count.dataset['number'] = String(number);
        count.replaceChildren(
          ...(number === 0
            ? []
            : [
                build('span', { 'aria-hidden': 'true' }, String(number)),
                build('span', { class: 'own-unseen visually-hidden' }, `, ${words.samples(number)}`),
              ]),
        );
      });
    },
    showGuess(prediction) {
      const best = prediction ? largestOf(prediction.global) : -1;
      const mine = prediction?.personal ? largestOf(prediction.personal) : -1;
      tiles.forEach(({ face, global, personal }, i) => {
        setShare(global, prediction?.global[i] ?? 0);
        setShare(personal, prediction?.personal?.[i] ?? 0);
        face.classList.toggle('best', i === best || i === mine);
      });
    },
    chosen: () => choice,
  };
}

/** Index of the largest. */
export function largestOf(values: readonly number[]): number {
  return values.indexOf(Math.max(...values));
}

/** What the models say, in words: seen at once, announced when the sample has stood still. */
export interface Saying {
  readonly element: HTMLElement;
  show(prediction: Prediction | null): void;
}

const ANNOUNCE_AFTER_MS = 1200;

export function createSaying(
  names: readonly string[],
  words: OwnWords,
  announce: (text: string) => void,
): Saying {
  const [global, personal] = [build('b'), build('b')];
  const [globalLine, personalLine] = [
    build('p', { class: 'own-says' }, build('span', {}, words.sharedModel), global),
    build('p', { class: 'own-says mine' }, build('span', {}, words.yourModel), personal),
  ];
  let timer = 0;
  return {
    element: build('div', { class: 'own-lines' }, globalLine, personalLine),
    show(prediction) {
      const said = (of: readonly number[] | null | undefined): string => {
        if (!of) return '–';
        const best = largestOf(of);
        return words.guess(names[best]!, words.percent(of[best]!));
      };
      write(global, said(prediction?.global));
      write(personal, prediction && !prediction.personal ? words.noModelYet : said(prediction?.personal));
      clearTimeout(timer);
      if (!prediction) return;
      timer = window.setTimeout(() => {
        const mine = prediction.personal ? ` ${words.yourModel}: ${said(prediction.personal)}.` : '';
        announce(`${words.sharedModel}: ${said(prediction.global)}.${mine}`);
      }, ANNOUNCE_AFTER_MS);
    },
  };
}
