// How many own samples there are, which data this tab trains on, whether they are kept, and the ways to be rid of them.

import type { DataUse, OwnDataState } from '../../device/ownData.ts';
import { build, buildButton, write } from '../../common/elements.ts';
import type { OwnWords } from './ownWords.ts';

export interface DataViewActions {
  /** False where it could not be. */
  readonly use: (use: DataUse) => Promise<boolean>;
  readonly keep: (isKept: boolean) => Promise<boolean>;
  readonly takeBack: () => void;
  readonly deleteAll: () => void;
}

export interface DataView {
  readonly element: HTMLElement;
  /** `isEnded`: nothing trains any more. */
  show(own: OwnDataState, isEnded: boolean): void;
}

const USES: readonly DataUse[] = ['demo', 'both', 'own'];

export function createDataView(words: OwnWords, actions: DataViewActions): DataView {
  const text = words.data;
  const total = build('p', { class: 'own-total' });
  const heldOut = build('p', { class: 'note' });

  let newest: OwnDataState | null = null;
  function showChoices(): void {
    if (!newest) return;
    for (const { use, input } of radios) input.checked = use === newest.use;
    keep.checked = newest.isKept;
  }
  /** A choice stands as it was made until the state has it; one that could not be is taken back. */
  async function hold(answer: Promise<boolean>): Promise<void> {
    if (!(await answer)) showChoices();
  }

  const radios = USES.map((use) => {
    const input = build('input', { type: 'radio', name: 'own-use', value: use });
    input.addEventListener('change', () => void hold(actions.use(use)));
    return { use, input };
  });
  const uses = build(
    'fieldset',
    { class: 'own-uses' },
    build('legend', {}, text.trainOn),
    ...radios.map(({ use, input }) => build('label', {}, input, build('span', {}, text.use[use]))),
  );

  const keep = build('input', { type: 'checkbox', role: 'switch', 'aria-describedby': 'own-keep-hint' });
  keep.addEventListener('change', () => void hold(actions.keep(keep.checked)));
  const keepHint = build('p', { class: 'note', id: 'own-keep-hint' }, text.keepHint);

  const takeBack = buildButton(text.takeBack, actions.takeBack, 'small');
  const deleteAll = buildButton(text.deleteAll, () => ask(true), 'small');
  const question = build('p');
  const yes = buildButton(
    text.yes,
    () => {
      ask(false);
      actions.deleteAll();
    },
    'small danger',
  );
  const no = buildButton(text.no, () => ask(false), 'small');
  const asking = build(
    'div',
    { class: 'own-asking', role: 'group', hidden: true },
    question,
    build('div', { class: 'own-row' }, yes, no),
  );
  const ridding = build('div', { class: 'own-row' }, takeBack, deleteAll);

  /** Focus goes with the question, and back. */
  function ask(isAsking: boolean): void {
    asking.hidden = !isAsking;
    ridding.hidden = isAsking;
    (isAsking ? no : deleteAll).focus();
  }

  const problem = build('p', { class: 'own-problem', role: 'alert', hidden: true });
  return {
    element: build(
      'div',
      { class: 'own-data' },
      build('h3', {}, text.title),
      total,
      heldOut,
      uses,
      build('label', { class: 'own-check' }, keep, build('span', {}, text.keep)),
      keepHint,
      problem,
      ridding,
      asking,
    ),
    show(own, isEnded) {
      uses.hidden = isEnded;
      const { samples, heldOut: numHeldOut, problem: trouble } = own;
      const isOther = own.use !== newest?.use || own.isKept !== newest.isKept;
      newest = own;
      if (isOther) showChoices();
      const isEmpty = samples === 0;
      write(total, isEmpty ? text.none : words.samples(samples));
      write(heldOut, text.heldOut(numHeldOut));
      for (const radio of radios) {
        // Demo data are all that there is to train on.
        radio.input.disabled = isEmpty && radio.use !== 'demo';
      }
      problem.hidden = trouble === null;
      write(problem, trouble ? words.problem(trouble) : '');
      takeBack.disabled = isEmpty;
      deleteAll.disabled = isEmpty;
      write(question, text.really(samples));
      if (isEmpty && !asking.hidden) ask(false);
    },
  };
}
