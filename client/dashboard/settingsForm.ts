// The form of a run's settings: shows them as they stand until somebody writes in it, and gives what was changed.

import type { DashboardFigures, DeskChoices } from '../../shared/contract/dashboard.ts';
import type { OfferedSettings } from '../../shared/contract/steering.ts';
import { create, element } from './elements.ts';
import { formatRate, strategyOf, subsetOf } from './words.ts';

export interface SettingsForm {
  show(runId: string, figures: DashboardFigures): void;
}

export function openSettingsForm(
  choices: DeskChoices,
  change: (change: OfferedSettings) => void,
): SettingsForm {
  const form = element<HTMLFormElement>('settings-form');
  const strategy = element<HTMLSelectElement>('strategy');
  const subset = element<HTMLSelectElement>('subset');
  const buffer = element<HTMLInputElement>('buffer-size');
  const learningRate = element<HTMLInputElement>('learning-rate');
  const serverLearningRate = element<HTMLInputElement>('server-learning-rate');
  const apply = element<HTMLButtonElement>('apply-settings');
  const fields = { strategy, subset, buffer, learningRate, serverLearningRate };
  let shown: Record<keyof typeof fields, string> | null = null;
  let shownRun = '';

  strategy.replaceChildren(...choices.strategies.map((name) => optionOf(name, strategyOf(name))));
  subset.replaceChildren(...choices.subsets.map((name) => optionOf(name, `${name}: ${subsetOf(name)}`)));

  const changed = (): readonly (keyof typeof fields)[] =>
    (Object.keys(fields) as (keyof typeof fields)[]).filter(
      (name) => shown !== null && fields[name].value !== '' && fields[name].value !== shown[name],
    );
  const showChanged = (): void => {
    apply.disabled = changed().length === 0;
  };
  // K and the rates that are usual differ from strategy to strategy: what is not written anew is left to the server.
  form.addEventListener('input', showChanged);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const wanted: { -readonly [Name in keyof OfferedSettings]: OfferedSettings[Name] } = {};
    for (const name of changed()) {
      if (name === 'strategy' || name === 'subset') wanted[name] = fields[name].value;
      else wanted[name] = Number(fields[name].value);
    }
    change(wanted);
    apply.disabled = true;
    shown = null;
  });

  return {
    show(runId, { strategy: name, settings }) {
      const next = {
        strategy: name.toLowerCase(),
        subset: settings.subset,
        buffer: String(settings.bufferSize),
        learningRate: formatRate(settings.learningRate),
        serverLearningRate: formatRate(settings.serverLearningRate),
      };
      const isSame = shown !== null && shownRun === runId && JSON.stringify(next) === JSON.stringify(shown);
      if (isSame) return;
      // What somebody is about to change stays as he has it, unless the run is another one.
      const kept = shownRun === runId ? changed() : [];
      for (const key of Object.keys(fields) as (keyof typeof fields)[])
        if (!kept.includes(key)) fields[key].value = next[key];
      shown = next;
      shownRun = runId;
      showChanged();
    },
  };
}

function optionOf(value: string, text: string): HTMLOptionElement {
  const option = create('option', '', text);
  option.value = value;
  return option;
}
