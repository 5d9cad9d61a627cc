// The personal model: the button that makes it, how far it is, and how much better it is on the samples kept out.

import type { OwnDataState } from '../../device/ownData.ts';
import { build, buildButton, setShare, write } from '../../common/elements.ts';
import type { OwnWords } from './ownWords.ts';

export interface PersonalView {
  readonly element: HTMLElement;
  show(own: OwnDataState): void;
}

export function createPersonalView(
  words: OwnWords,
  make: () => void,
  announce: (text: string) => void,
): PersonalView {
  const text = words.personal;
  let phase: OwnDataState['personal']['phase'] = 'none';
  const lead = build('p', { class: 'note' }, text.lead);
  const button = buildButton(text.make, make, 'primary');
  const fill = build('div', { class: 'fill' });
  const bar = build(
    'div',
    {
      class: 'track',
      role: 'progressbar',
      'aria-label': text.title,
      'aria-valuemin': 0,
      'aria-valuemax': 100,
    },
    fill,
  );
  const progress = build('p', { class: 'own-progress' });
  const working = build('div', { hidden: true }, progress, bar);
  const [shared, mine] = [build('b'), build('b', { class: 'mine' })];
  const figures = build(
    'div',
    { class: 'own-figures', hidden: true },
    build('p', {}, shared, build('span', {}, words.sharedModel)),
    build('p', {}, mine, build('span', {}, words.yourModel)),
  );
  const note = build('p', { class: 'note' });

  return {
    element: build(
      'div',
      { class: 'own-personal' },
      build('h3', {}, text.title),
      lead,
      figures,
      note,
      working,
      button,
    ),
    show({ samples, heldOut, personal }) {
      const isTraining = personal.phase === 'training';
      const isReady = personal.phase === 'ready';
      const isMeasured = isReady && personal.personalAccuracy >= 0;
      const percents = [
        words.percent(personal.personalAccuracy),
        words.percent(personal.globalAccuracy),
      ] as const;
      if (phase === 'training' && isReady)
        announce(isMeasured ? text.done(...percents) : text.doneUnmeasured);
      if (phase === 'training' && personal.phase === 'failed') announce(noteOf());
      phase = personal.phase;

      write(lead, personal.trains === 'biases' ? text.leadBiases : text.lead);
      lead.hidden = isReady;
      working.hidden = !isTraining;
      button.hidden = isTraining;
      button.disabled = samples - heldOut === 0;
      write(button, isReady ? text.makeAgain : text.make);
      if (isTraining) {
        write(progress, text.training(words.percent(personal.progress)));
        setShare(fill, personal.progress);
        bar.setAttribute('aria-valuenow', String(Math.round(personal.progress * 100)));
      }
      figures.hidden = !isMeasured;
      write(mine, percents[0]);
      write(shared, percents[1]);
      write(note, noteOf());

      function noteOf(): string {
        if (personal.phase === 'failed')
          return text.failed(personal.problem ? words.problem(personal.problem) : '');
        if (isTraining) return '';
        if (!isReady) return button.disabled ? text.needsSamples : '';
        const made = text.ready(words.formats.whole(personal.version));
        return `${isMeasured ? `${text.heldOut(heldOut)}. ` : `${text.noHeldOut} `}${made}`;
      }
    },
  };
}
