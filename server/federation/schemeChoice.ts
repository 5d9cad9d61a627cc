// Which scheme is given out at present: one for all, for the smallest budget among the devices that are here or lost.
// A tighter budget counts at once; a looser one only after the weakest has been gone a while, so that a device that
// comes and goes does not throw away what was learned. Updates in flight carry the scheme they were given.

import type { CoordinatorState, CoordinatorContext } from './state.ts';

/** How long the weakest must have been gone before the others train more. */
export const RELAX_AFTER_MS = 30_000;

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
  }
}

/** Infinity when nobody is here. */
function smallestBudget(state: CoordinatorState): number {
  let smallest = Infinity;
  for (const device of state.devices.values())
    if (device.presence !== 'gone') smallest = Math.min(smallest, device.budgetBytes);
  return smallest;
}

function choose({ state, config, selectScheme }: CoordinatorContext, budgetBytes: number): void {
  const choice = selectScheme(config.subset, [budgetBytes]);
  if (!('scheme' in choice))
    throw new Error(`internal: no scheme for ${budgetBytes} bytes, which a device was let in with`);
  state.choice = choice;
  state.choiceBudgetBytes = budgetBytes;
  state.relaxAtMs = null;
}
