// The section in which a person gives data of their own and tries the models: puts its parts together for the run's task,
// and anew when the run is another. Fetched after the first local step. Talks to the Worker by `OwnDataApi` alone.

import type { TaskInfo } from '../../../shared/contract/messages.ts';
import { isServerThere } from '../../common/laterCode.ts';
import type { Language } from '../../common/language.ts';
import type { DeviceState } from '../../device/deviceState.ts';
import { describeProblem, type OwnProblemName } from '../../device/own/ownProblem.ts';
import type { OwnDataApi, OwnDataState } from '../../device/ownData.ts';
import { build, write } from '../../common/elements.ts';
import { createClassTiles, createSaying, type ClassTiles } from './classTiles.ts';
import { createDataView } from './dataView.ts';
import { createDrawingInput } from './drawingInput.ts';
import { createGuesser } from './guesser.ts';
import { inputKindOf, type InputKind, type NoInput } from './inputKind.ts';
import { createMotionInput } from './motionInput.ts';
import './own.css';
import type { InputHost, OwnInput } from './ownInput.ts';
import { OWN_WORDS } from './ownWords.ts';
import { createPersonalView } from './personalView.ts';
import { createPictureInput } from './pictureInput.ts';
import { createTableInput } from './tableInput.ts';

export interface OwnSection {
  show(state: DeviceState): void;
}

const INPUTS: Readonly<Record<InputKind, (host: InputHost) => OwnInput>> = {
  drawing: createDrawingInput,
  motion: createMotionInput,
  pictures: createPictureInput,
  table: createTableInput,
};

/** What is there for one run's task. */
interface OwnPart {
  show(own: OwnDataState, isEnded: boolean): void;
  close(): void;
}

/** Fills `section`; for tasks that take no data of a person's own, with why. */
export function openOwnSection(
  section: HTMLElement,
  api: OwnDataApi,
  language: Language,
  older: (isOlder: boolean) => void,
): OwnSection {
  let run = '';
  let part: OwnPart | null = null;
  let newest: DeviceState | null = null;

  async function openFor(state: DeviceState): Promise<void> {
    run = state.run;
    part?.close();
    part = null;
    section.hidden = true;
    // Rejects where the Worker has left the run meanwhile, or cannot have its code: the next state tells.
    const task = await api.ownTask().catch((error: unknown) => {
      if (describeProblem(error).name === ('codeMissing' satisfies OwnProblemName)) void tellOlder();
      return null;
    });
    if (task) older(false);
    if (run !== state.run) return;
    if (!task) {
      run = '';
      return;
    }
    const kind = inputKindOf(task);
    part =
      kind === 'noClasses' || kind === 'otherForm'
        ? sayNothing(section, language, kind)
        : fillSection(section, api, language, task, kind);
    refresh();
  }

  async function tellOlder(): Promise<void> {
    older(await isServerThere());
  }

  function refresh(): void {
    if (!newest) return;
    const { phase, own } = newest;
    const isEnded = hasRunEnded(newest);
    part?.show(own, isEnded);
    // A tab that takes no part any more has no model to try; that of a run which ended is there for all.
    const isOut = phase === 'left' || phase === 'ended' || phase === 'failed';
    section.hidden = !part || (isOut && !isEnded);
  }

  return {
    show(state) {
      newest = state;
      const hasTask = state.trainedShare >= 0 && (state.connected || hasRunEnded(state));
      if (hasTask && state.run !== run) void openFor(state);
      refresh();
    },
  };
}

function hasRunEnded({ phase, refusal }: DeviceState): boolean {
  return phase === 'ended' && refusal?.code === 'runEnded';
}

function sayNothing(section: HTMLElement, language: Language, why: NoInput): OwnPart {
  const words = OWN_WORDS[language];
  section.dataset['kind'] = why;
  section.replaceChildren(
    build('h2', { id: 'own-title' }, words.title),
    build('p', { class: 'own-lead' }, words.nothing[why]),
  );
  return { show() {}, close() {} };
}

function fillSection(
  section: HTMLElement,
  api: OwnDataApi,
  language: Language,
  task: TaskInfo,
  kind: InputKind,
): OwnPart {
  const words = OWN_WORDS[language];
  const classNames = task.classes.map(words.className);
  const said = build('p', { class: 'own-said', role: 'status' });
  const unseen = build('p', { class: 'own-unseen visually-hidden', role: 'status' });
  const complaint = build('div', { class: 'own-problem', role: 'alert', hidden: true });
  const resting = build('p', { class: 'note', hidden: true }, words.resting);
  const ended = build('p', { class: 'own-lead', hidden: true }, words.ended);
  let own: OwnDataState | null = null;
  let tiles: ClassTiles | null = null;
  let hadPersonal = false;

  function say(text: string): void {
    complaint.hidden = true;
    write(said, text);
  }
  function complain(...lines: readonly string[]): void {
    complaint.replaceChildren(...lines.map((line) => build('p', {}, line)));
    complaint.hidden = false;
  }
  /** False where the Worker refused, which is told. */
  async function tryTo(ask: Promise<void>, success = ''): Promise<boolean> {
    try {
      await ask;
      if (success) say(success);
      return true;
    } catch (error) {
      say('');
      complain(words.problem(describeProblem(error)));
      return false;
    }
  }

  const announce = (text: string): void => write(unseen, text);
  const saying = createSaying(classNames, words, announce);
  saying.show(null);
  const guesser = createGuesser(
    api,
    (prediction) => {
      tiles?.showGuess(prediction);
      saying.show(prediction);
    },
    (problem) => complain(words.problem(problem)),
  );
  const input = INPUTS[kind]({
    task,
    classNames,
    words,
    say,
    complain,
    guess: guesser.ask,
    chosenClass: () => tiles?.chosen() ?? -1,
    add(samples) {
      const { count } = samples;
      const label = samples.labels[0]!;
      const isOne = samples.labels.every((each) => each === label);
      const before = own?.perClass[label] ?? 0;
      const success = isOne ? words.added(before + count, classNames[label]!) : words.addedMany(count);
      return tryTo(api.addOwn(samples), success);
    },
  });
  tiles = createClassTiles(classNames, input.tileUse, words, input.pressed);
  const data = createDataView(words, {
    use: (use) => tryTo(api.setDataUse(use)),
    keep: (isKept) => tryTo(api.setOwnKept(isKept)),
    takeBack: () => void tryTo(api.removeNewestOwn(), words.tookBack),
    deleteAll: () => void tryTo(api.deleteOwn(), words.deleted),
  });
  // Its state says what became of it.
  const make = (): void => void api.trainPersonal().catch(() => {});
  const personal = createPersonalView(words, make, announce);

  const isChosenFirst = input.tileUse === 'choose';
  section.dataset['kind'] = kind;
  section.replaceChildren(
    build('h2', { id: 'own-title' }, words.title),
    build(
      'p',
      { class: 'own-lead' },
      `${words.lead[kind]} `,
      build('b', {}, words.staysHere),
      ` ${words.inversion}`,
    ),
    ended,
    build(
      'div',
      { class: 'own-grid' },
      build('div', { class: 'own-input' }, ...(isChosenFirst ? [tiles.element] : []), input.element),
      build(
        'div',
        { class: 'own-guess' },
        build('div', { class: 'own-saying' }, ...(input.seen ? [input.seen] : []), saying.element),
        ...(isChosenFirst ? [] : [tiles.element]),
        said,
        complaint,
        resting,
        unseen,
        personal.element,
      ),
      data.element,
    ),
  );
  return {
    show(next, isEnded) {
      own = next;
      ended.hidden = !isEnded;
      tiles?.showCounts(next.perClass);
      data.show(next, isEnded);
      personal.show(next);
      resting.hidden = !next.isRunResting || isEnded;
      const hasPersonal = next.personal.phase === 'ready';
      // What was at hand is looked at with the other model, too.
      if (hasPersonal !== hadPersonal) guesser.askAgain();
      hadPersonal = hasPersonal;
    },
    close() {
      guesser.ask(null);
      input.close();
    },
  };
}
