// The settings that may change while a run goes on, as a desk gives them. Pure.

import * as v from 'valibot';
import { suggestion } from '../didYouMean.ts';
import { RUN_SETTINGS } from '../../shared/settings/runSettings.ts';
import { writtenIn, type Tree, type WrittenIn } from '../../shared/settings/setting.ts';

const { strategy, subset, localWork } = RUN_SETTINGS;

export const LIVE_SETTINGS = {
  strategy,
  subset,
  localWork: { learningRate: localWork.learningRate },
};

const TREE = LIVE_SETTINGS as unknown as Tree;
const LONGEST_TOLD = 100;

/** Checks each by its table. Throws RangeError naming what is wrong. */
export function parseLiveSettings(given: Readonly<Record<string, unknown>>): WrittenIn<typeof LIVE_SETTINGS> {
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
  return Object.fromEntries(entries) as WrittenIn<typeof LIVE_SETTINGS>;
}
