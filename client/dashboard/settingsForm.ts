// The form of a run's settings, with the fields that the server offers: shows them as they stand until somebody writes in it, and
// gives what was changed.

import type { DashboardFigures, DeskChoices, DeskField } from '../../shared/contract/dashboard.ts';
import type { SettingsChange } from '../../shared/settings/liveSettings.ts';
import { create, element } from './elements.ts';
import { choiceOf, formatRate } from './words.ts';

export interface SettingsForm {
  show(runId: string, figures: DashboardFigures): void;
}

interface Input {
  readonly field: DeskField;
  readonly control: HTMLInputElement | HTMLSelectElement;
}

export function openSettingsForm(
  { settings: fields }: DeskChoices,
  change: (change: SettingsChange) => void,
): SettingsForm {
  const form = element<HTMLFormElement>('settings-form');
  const apply = element<HTMLButtonElement>('apply-settings');
  const inputs: readonly Input[] = fields.map((field) => ({ field, control: controlOf(field) }));
  let shown: Readonly<Record<string, string>> | null = null;
  let shownRun = '';

  apply.before(...inputs.map(({ field: { label }, control }) => labelled(label, control)));

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

function textOf({ choices, isWhole }: DeskField, value: string | number): string {
  return choices || isWhole ? String(value) : formatRate(Number(value));
}

function controlOf(field: DeskField): Input['control'] {
  if (field.choices === null) {
    const input = create('input', '');
    const step = field.isWhole ? '1' : 'any';
    return Object.assign(input, {
      type: 'number',
      min: '0',
      step,
      inputMode: field.isWhole ? 'numeric' : 'decimal',
    });
  }
  const select = create('select', '');
  select.append(...field.choices.map((choice) => optionOf(field, choice)));
  return select;
}

/** A strategy of somebody's own is none of those that are offered. */
function setValue({ field, control }: Input, value: string): void {
  control.value = value;
  if (control.value === value) return;
  control.append(optionOf(field, value));
  control.value = value;
}

function labelled(text: string, control: HTMLElement): HTMLLabelElement {
  const label = create('label', 'plain', `${text} `);
  label.append(control);
  return label;
}

function optionOf({ name }: DeskField, choice: string): HTMLOptionElement {
  const option = create('option', '', choiceOf(name, choice));
  option.value = choice;
  return option;
}
