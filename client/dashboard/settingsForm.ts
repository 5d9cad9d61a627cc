// The form of a run's settings, with the fields that the server offers: shows them as they stand until somebody writes in it, and
// gives what was changed.

import type { DashboardFigures, DeskChoices, DeskField } from '../../shared/contract/dashboard.ts';
import type { SettingsChange } from '../../shared/settings/liveSettings.ts';
import { build, element } from '../common/elements.ts';
import type { Sayings } from './sayings.ts';

export interface SettingsForm {
  show(runId: string, figures: DashboardFigures): void;
}

interface Input {
  readonly field: DeskField;
  readonly control: HTMLInputElement | HTMLSelectElement;
}

export function openSettingsForm(
  { settings: fields, strategies }: DeskChoices,
  say: Sayings,
  change: (change: SettingsChange) => void,
): SettingsForm {
  const form = element<HTMLFormElement>('settings-form');
  const apply = element<HTMLButtonElement>('apply-settings');
  const titles = new Map(strategies.map(({ id, title }) => [id, title]));
  const optionOf = ({ name }: DeskField, choice: string): HTMLOptionElement =>
    build('option', { value: choice }, say.choiceOf(name, choice, titles));
  function controlOf(field: DeskField): Input['control'] {
    if (field.choices !== null)
      return build('select', {}, ...field.choices.map((choice) => optionOf(field, choice)));
    return build('input', {
      type: 'number',
      min: 0,
      step: field.isWhole ? '1' : 'any',
      inputmode: field.isWhole ? 'numeric' : 'decimal',
    });
  }
  /** A strategy of somebody's own is none of those that are offered. */
  function setValue({ field, control }: Input, value: string): void {
    control.value = value;
    if (control.value === value) return;
    control.append(optionOf(field, value));
    control.value = value;
  }
  const inputs: readonly Input[] = fields.map((field) => ({ field, control: controlOf(field) }));
  let shown: Readonly<Record<string, string>> | null = null;
  let shownRun = '';

  apply.before(
    ...inputs.map(({ field, control }) =>
      build('label', { class: 'plain' }, `${say.words.desk.field(field)} `, control),
    ),
  );

  const isChanged = ({ field: { name }, control: { value } }: Input): boolean =>
    shown !== null && value !== '' && value !== shown[name];
  const showChanged = (): void => {
    apply.disabled = !inputs.some(isChanged);
  };
  // K and the rates that are usual differ from strategy to strategy: what is not written anew is left to the server.
  form.addEventListener('input', showChanged);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const wanted = inputs
      .filter(isChanged)
      .map(({ field: { name, choices }, control: { value } }) => [name, choices ? value : Number(value)]);
    change(Object.fromEntries(wanted) as SettingsChange);
    apply.disabled = true;
    shown = null;
  });

  return {
    show(runId, { settings }) {
      const values: Readonly<Record<string, string | number>> = settings;
      const next = Object.fromEntries(
        fields.map((field) => [field.name, textOf(field, values[field.name]!)]),
      );
      const isSame = shown !== null && shownRun === runId && JSON.stringify(next) === JSON.stringify(shown);
      if (isSame) return;
      // What somebody is about to change stays as he has it, unless the run is another one.
      const kept = shownRun === runId ? inputs.filter(isChanged) : [];
      for (const input of inputs) if (!kept.includes(input)) setValue(input, next[input.field.name]!);
      shown = next;
      shownRun = runId;
      showChanged();
    },
  };
}

/** As the server has it, in every language: what is written in a field of numbers is compared with it. */
function textOf({ choices, isWhole }: DeskField, value: string | number): string {
  return choices || isWhole ? String(value) : String(Number(Number(value).toPrecision(3)));
}
