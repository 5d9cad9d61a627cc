// Which devices train a width slice of the network as a whole, and which slice: under `subnetwork` all of them, else those
// for whose budget there is no scheme. A choice of its own for each budget: no device's depends on who else is here.

import type { SubsetPolicy } from '../settings/values.ts';
import type { NoScheme, SchemeChoice } from './selectScheme.ts';
import type { CoordinatorContext } from './state.ts';

const SUBNETWORK: Pick<SubsetPolicy, 'kind'> = { kind: 'subnetwork' };
/** Moves of a rolling window until it is where it began. */
const NUM_WINDOWS = 16;

/** Whether a device of this budget has part as a narrow one; or the smallest budget that would do. */
export function wayIn(
  { config: { subset }, selectScheme }: Pick<CoordinatorContext, 'config' | 'selectScheme'>,
  budgetBytes: number,
): { readonly isNarrow: boolean } | NoScheme {
  const floorBytes = 'floorBytes' in subset ? subset.floorBytes : 0;
  const own = budgetBytes < floorBytes ? null : selectScheme(subset, [budgetBytes]);
  if (own && 'scheme' in own) return { isNarrow: subset.kind === 'subnetwork' };
  if (subset.kind === 'full') return own!;
  const narrow = selectScheme(SUBNETWORK, [budgetBytes]);
  if ('scheme' in narrow) return { isNarrow: true };
  return {
    smallestBudgetBytes: Math.min(own?.smallestBudgetBytes ?? Infinity, narrow.smallestBudgetBytes),
  };
}

/** What a narrow device of this budget trains at this version. */
export function subnetworkFor(
  { config: { subset }, state: { version }, selectScheme }: CoordinatorContext,
  budgetBytes: number,
): SchemeChoice {
  const choice = selectScheme(SUBNETWORK, [budgetBytes]);
  if (!('scheme' in choice))
    throw new Error(`internal: no subnetwork for ${budgetBytes} bytes, which a device was let in with`);
  const rollEvery = subset.kind === 'subnetwork' ? subset.rollEvery : 0;
  if (rollEvery === 0 || !choice.scheme.width) return choice;
  return rolled(choice, (Math.floor(version / rollEvery) % NUM_WINDOWS) / NUM_WINDOWS);
}

/** The same objects for the same window, as much is kept by scheme. */
const windows = new WeakMap<SchemeChoice, Map<number, SchemeChoice>>();

function rolled(choice: SchemeChoice, offset: number): SchemeChoice {
  const ofChoice = windows.get(choice) ?? new Map<number, SchemeChoice>();
  windows.set(choice, ofChoice);
  const { scheme } = choice;
  const width = { ...scheme.width!, offset };
  const moved = ofChoice.get(offset) ?? { ...choice, scheme: { ...scheme, width } };
  ofChoice.set(offset, moved);
  return moved;
}
