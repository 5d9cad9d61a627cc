// The settings that may change while a run goes on, as a desk shows and gives them. Pure.

import * as v from 'valibot';
import type { DeskField, DeskValues } from '../../shared/contract/dashboard.ts';
import { suggestion } from '../../shared/schema/didYouMean.ts';
import type { RunConfig } from '../../shared/federation/config.ts';
import { presetNameOf, STRATEGY_CHOICES } from '../../shared/federation/strategies.ts';
import { LIVE_SETTINGS, type SettingsChange } from '../../shared/settings/liveSettings.ts';
import { valueAt, writtenIn, type Tree } from '../../shared/settings/setting.ts';

const TREE = LIVE_SETTINGS as unknown as Tree;
const LONGEST_TOLD = 100;
/** Of no whole number. */
const HALF = 0.5;

/** Checks each by its table. Throws RangeError naming what is wrong. */
export function parseLiveSettings(given: Readonly<Record<string, unknown>>): SettingsChange {
  const known = new Map(writtenIn(TREE).map((each) => [each.name, each.written]));
  const entries = Object.entries(given).map(([name, value]) => {
    const written = known.get(name);
    if (!written)
      throw new RangeError(
        `${name.slice(0, LONGEST_TOLD)}: there is no such setting${suggestion(name, [...known.keys()])}`,
      );
    const { choices, desk, schema } = written;
    if (choices && !choices.includes(value as string))
      throw new RangeError(`${name} must be ${written.words}`);
    const { success, issues } = v.safeParse(schema, value);
    if (!success) throw new RangeError(`${name} ${issues[0].message}`);
    if (desk?.most !== undefined && (value as number) > desk.most)
      throw new RangeError(`${name} must be at most ${desk.most}`);
    return [name, value];
  });
  return Object.fromEntries(entries) as SettingsChange;
}

/** What the desk's form offers, in its order. */
export function deskFields(): readonly DeskField[] {
  return [
    { name: 'strategy', label: 'Strategy', choices: STRATEGY_CHOICES, isWhole: false },
    ...onDesk().map(({ name, written: { desk, choices, schema } }) => ({
      name: name as DeskField['name'],
      label: desk!.label,
      choices: choices ?? null,
      isWhole: !choices && !v.is(schema, HALF),
    })),
  ];
}

/** As the settings stand, by the names of the desk's fields. */
export function deskValues(config: RunConfig): DeskValues {
  const entries = onDesk().map(({ name, path, written }) => [name, written.show(valueAt(config, path))]);
  return { ...Object.fromEntries(entries), strategy: presetNameOf(config.strategy) } as DeskValues;
}

function onDesk() {
  return writtenIn(TREE).filter(({ written }) => written.desk);
}
