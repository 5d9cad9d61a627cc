// Which scheme is given out at present: one for all, for the smallest budget among the devices that are here or lost.
// A tighter budget counts at once; a looser one only after the weakest has been gone a while, so that a device that
// comes and goes does not throw away what was learned. Updates in flight carry the scheme they were given.
//
// At first it is what `selectScheme` says at once. When the budget has stood for a moment, a search for a better scheme is
// asked for, once for each budget; what it finds comes back as an event, so that a replay needs no search.

import type { SchemeChoice } from './selectScheme.ts';
import type { CoordinatorState, CoordinatorContext } from './state.ts';

/** How long the weakest must have been gone before the others train more. */
export const RELAX_AFTER_MS = 30_000;
/** How long a budget must have been the smallest before it is searched for. */
export const SEARCH_AFTER_MS = 2_000;
/** Findings of more budgets than this are forgotten, the oldest first. */
const REMEMBERED_FINDINGS = 64;

/** To be called whenever a device came, left or changed its budget. */
export function reviseChoice(context: CoordinatorContext): void {
  const { state } = context;
  const smallest = smallestBudget(state);
  const chosenFor = state.choiceBudgetBytes ?? Infinity;
  if (smallest < chosenFor) choose(context, smallest);
  else if (smallest === chosenFor) state.relaxAtMs = null;
  else state.relaxAtMs ??= state.nowMs + RELAX_AFTER_MS;
}

/** Relaxes the choice when that is due. */
export function relaxDueChoice(context: CoordinatorContext): void {
  const { state } = context;
  if (state.relaxAtMs === null || state.relaxAtMs > state.nowMs) return;
  const smallest = smallestBudget(state);
  if (smallest < Infinity) choose(context, smallest);
  else {
    state.choice = null;
    state.choiceBudgetBytes = null;
    state.relaxAtMs = null;
    state.searchAtMs = null;
  }
}

/** Asks for the search that is due, unless another is under way. */
export function askForDueSearch({ state, effects }: CoordinatorContext): void {
  if (state.searchAtMs === null || state.searchAtMs > state.nowMs) return;
  if (state.searchingBudgetBytes !== null || state.choiceBudgetBytes === null) return;
  state.searchAtMs = null;
  state.searchingBudgetBytes = state.choiceBudgetBytes;
  effects.push({ kind: 'searchScheme', budgetBytes: state.choiceBudgetBytes });
}

/** Remembers what a search has found, and gives it out from now on if it is for the present budget. */
export function takeFoundScheme(
  { state }: CoordinatorContext,
  { budgetBytes, choice }: { readonly budgetBytes: number; readonly choice: SchemeChoice | null },
): void {
  if (state.searchingBudgetBytes === budgetBytes) state.searchingBudgetBytes = null;
  const others = state.found.filter((finding) => finding.budgetBytes !== budgetBytes);
  state.found = [...others, { budgetBytes, choice }].slice(-REMEMBERED_FINDINGS);
  if (choice && state.choiceBudgetBytes === budgetBytes) state.choice = choice;
}

/** Infinity when nobody is here. */
function smallestBudget(state: CoordinatorState): number {
  let smallest = Infinity;
  for (const device of state.devices.values())
    if (device.presence !== 'gone') smallest = Math.min(smallest, device.budgetBytes);
  return smallest;
}

function choose({ state, config, selectScheme, hasSearch }: CoordinatorContext, budgetBytes: number): void {
  const finding = state.found.find((each) => each.budgetBytes === budgetBytes);
  const choice = finding?.choice ?? selectScheme(config.subset, [budgetBytes]);
  if (!('scheme' in choice))
    throw new Error(`internal: no scheme for ${budgetBytes} bytes, which a device was let in with`);
  state.choice = choice;
  state.choiceBudgetBytes = budgetBytes;
  state.relaxAtMs = null;
  const isSearched = finding !== undefined || state.searchingBudgetBytes === budgetBytes;
  state.searchAtMs = hasSearch && !isSearched ? state.nowMs + SEARCH_AFTER_MS : null;
}
