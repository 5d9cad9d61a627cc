// Which schemes are given out at present: one a class of budgets, for the smallest budget in it among the devices that are
// here or lost. Under `weakest` all budgets are one class. A tighter budget counts at once; a looser one only after the
// weakest of its class has been gone a while, so that a device that comes and goes does not throw away what was learned.
// Once that has happened, a weaker device must itself stay a while before it narrows the others; until then it alone trains
// what its budget allows. Nor has it a say before its own updates are taken in, when others' are (policies/say.ts). Updates
// in flight carry the scheme they were given.
//
// At first it is what `selectScheme` says at once. When the budgets have stood for a moment, searches for better schemes
// are asked for, once for each budget; what they find comes back as events, so that a replay needs no search. Where devices
// are to tell what they go by (probing.ts), they are asked for when enough has been told.

import { containsScheme, type UpdateScheme } from '../engine/scheme.ts';
import { mixSeed } from '../random.ts';
import { ownChoose } from './own/ownChoose.ts';
import { leastOfClasses } from './policies/budgetClasses.ts';
import { budgetsWithSay } from './policies/say.ts';
import { isTold, reportsOf } from './probing.ts';
import type { SchemeChoice } from './selectScheme.ts';
import { subnetworkFor } from './subnetworkChoice.ts';
import type { ClassChoice, CoordinatorContext, CoordinatorState, DeviceRecord } from './state.ts';
import type { SchemeSearch } from './schemeSearch.ts';

/** How long the weakest must have been gone before the others train more. */
export const RELAX_AFTER_MS = 30_000;
/** How long a device must have been here to narrow what others train, once a weak one has come and gone. */
export const TIGHTEN_AFTER_MS = 30_000;
/** How long the budgets must have stood before they are searched for. */
export const SEARCH_AFTER_MS = 2_000;
/** Findings of more budgets than this are forgotten, the oldest first. */
const REMEMBERED_FINDINGS = 64;

/** What a device that was let in is to train. */
export function choiceFor(
  context: CoordinatorContext,
  { budgetBytes, isNarrow }: DeviceRecord,
): SchemeChoice {
  if (isNarrow) return subnetworkFor(context, budgetBytes);
  const within = context.state.choices.filter((each) => each.budgetBytes <= budgetBytes);
  if (within.length > 0) return within.at(-1)!.choice;
  const { config, state, selectScheme } = context;
  const found = findingFor(state, budgetBytes, undefined)?.choice;
  const selected = found ?? selectScheme(config.subset, [budgetBytes]);
  if (!('scheme' in selected)) throw new Error(`internal: no scheme for ${budgetBytes} bytes`);
  return selected;
}

/** The same by somebody's own strategy, which is asked once for each assignment; `usual` itself where that has it so. */
export function ownChoiceFor<Choice extends SchemeChoice>(
  context: CoordinatorContext,
  device: DeviceRecord,
  usual: Choice,
): Choice | SchemeChoice {
  const { own, state, config, model, parameterSpecs } = context;
  if (!own?.choose || device.isNarrow || usual.scheme.width) return usual;
  const { choice, kept } = ownChoose({
    rules: own,
    model,
    parameterSpecs,
    batch: config.localWork.batch,
    encoding: config.encoding.up,
    device,
    version: state.version,
    usual,
    seed: mixSeed(config.seed, state.nextAssignment),
    kept: state.kept?.choose,
  });
  if (kept !== undefined) state.kept = { ...state.kept, choose: kept };
  return choice;
}

/** To be called whenever a device came, left or changed its budget. */
export function reviseChoice(context: CoordinatorContext): void {
  const { state, config } = context;
  const chosenFor = state.choices.map(({ budgetBytes }) => budgetBytes);
  const here = budgetsHere(context);
  const tightened = leastOfClasses(config.subset, [...here, ...chosenFor]);
  if (!isEqual(tightened, chosenFor)) choose(context, tightened);
  if (isEqual(tightened, here)) state.relaxAtMs = null;
  else state.relaxAtMs ??= state.nowMs + RELAX_AFTER_MS;
  state.admitAtMs = null;
  for (const { presence, sayFromMs } of state.devices.values())
    if (presence !== 'gone' && sayFromMs > state.nowMs)
      state.admitAtMs = Math.min(state.admitAtMs ?? Infinity, sayFromMs);
}

/** Under another policy: all is chosen anew, for those who are here. */
export function renewChoices(context: CoordinatorContext): void {
  const { state } = context;
  state.found = [];
  state.hasRelaxed = false;
  state.relaxAtMs = null;
  state.admitAtMs = null;
  choose(context, budgetsHere(context));
}

/** From now on the device's budget narrows nobody, or may again. */
export function exemptDevice(context: CoordinatorContext, deviceId: string, isExempt: boolean): void {
  const { state } = context;
  const device = state.devices.get(deviceId);
  if (!device || device.isExempt === isExempt) return;
  device.isExempt = isExempt;
  // Whoever says so waits for the effect.
  state.relaxAtMs = null;
  const here = budgetsHere(context);
  if (
    !isEqual(
      here,
      state.choices.map(({ budgetBytes }) => budgetBytes),
    )
  )
    choose(context, here);
}

/** The devices because of whose budget all train less than some could. */
export function narrowingDevices({ state, config }: CoordinatorContext): Set<DeviceRecord> {
  const weakest = state.choices[0];
  if (config.subset.kind !== 'weakest' || !weakest || weakest.choice.trainedShare === 1) return new Set();
  const present = [...state.devices.values()].filter(({ presence }) => presence !== 'gone');
  if (present.every(({ budgetBytes }) => budgetBytes <= weakest.budgetBytes)) return new Set();
  return new Set(
    present.filter(
      ({ budgetBytes, isNarrow, isExempt }) => budgetBytes === weakest.budgetBytes && !isNarrow && !isExempt,
    ),
  );
}

/** From when on a device that comes now has a say. */
export function haveSayFromMs({ state, config }: CoordinatorContext): number {
  const mustStay = config.subset.kind === 'weakest' && state.hasRelaxed && state.choices.length > 0;
  return mustStay ? state.nowMs + TIGHTEN_AFTER_MS : state.nowMs;
}

/** Lets those have a say who have been here long enough. */
export function admitDueDevices(context: CoordinatorContext): void {
  const { admitAtMs, nowMs } = context.state;
  if (admitAtMs !== null && admitAtMs <= nowMs) reviseChoice(context);
}

/** Relaxes the choices when that is due. */
export function relaxDueChoice(context: CoordinatorContext): void {
  const { state } = context;
  if (state.relaxAtMs === null || state.relaxAtMs > state.nowMs) return;
  state.relaxAtMs = null;
  choose(context, budgetsHere(context));
  state.hasRelaxed = state.choices.length > 0;
}

/** Asks for the search that is due, unless another is under way or devices have not told enough. */
export function askForDueSearch(context: CoordinatorContext): void {
  const { state, effects } = context;
  if (state.searchAtMs === null || state.searchAtMs > state.nowMs || state.searching) return;
  const search = nextSearch(state);
  if (!search) {
    state.searchAtMs = null;
    return;
  }
  if (!isTold(context)) return;
  state.searching = { ...search, reports: reportsOf(context) };
  effects.push({ kind: 'searchScheme', ...state.searching });
}

/** Remembers what a search has found, and gives it out from now on where it is for a present budget. */
export function takeFoundScheme(
  context: CoordinatorContext,
  { budgetBytes, choice }: { readonly budgetBytes: number; readonly choice: SchemeChoice | null },
): void {
  const { state } = context;
  if (state.searching?.budgetBytes === budgetBytes) state.searching = null;
  // Asked for before the policy changed.
  if (context.config.subset.kind === 'full') return;
  const others = state.found.filter((finding) => finding.budgetBytes !== budgetBytes);
  state.found = [...others, { budgetBytes, choice }].slice(-REMEMBERED_FINDINGS);
  state.choices = choicesOf(
    context,
    state.choices.map((each) => each.budgetBytes),
  );
  if (context.hasSearch && nextSearch(state)) state.searchAtMs ??= state.nowMs;
}

/** The smallest budget of each class, rising, of those who have a say. */
function budgetsHere({ state, config }: CoordinatorContext): number[] {
  // Each device has a choice of its own (rotation.ts).
  if (config.subset.kind === 'rotating') return [];
  const present = [...state.devices.values()].filter(({ presence }) => presence !== 'gone');
  const voters = present.filter(
    ({ isNarrow, isExempt, sayFromMs }) => !isNarrow && !isExempt && sayFromMs <= state.nowMs,
  );
  const budgets =
    config.subset.kind === 'weakest'
      ? budgetsWithSay(voters, state.accepted, present.length)
      : voters.map(({ budgetBytes }) => budgetBytes);
  return leastOfClasses(config.subset, budgets);
}

function choose(context: CoordinatorContext, budgetsBytes: readonly number[]): void {
  const { state, hasSearch } = context;
  state.choices = choicesOf(context, budgetsBytes);
  state.searchAtMs = hasSearch && nextSearch(state) ? state.nowMs + SEARCH_AFTER_MS : null;
}

/** `budgetsBytes` rise: each choice trains all that the one before it does. */
function choicesOf(
  { config, state, selectScheme }: CoordinatorContext,
  budgetsBytes: readonly number[],
): ClassChoice[] {
  const choices: ClassChoice[] = [];
  for (const budgetBytes of budgetsBytes) {
    const inner = choices.at(-1)?.choice;
    const found = findingFor(state, budgetBytes, inner?.scheme)?.choice;
    const selected = found ?? selectScheme(config.subset, [budgetBytes], inner?.scheme);
    const choice = 'scheme' in selected ? selected : inner;
    if (!choice)
      throw new Error(`internal: no scheme for ${budgetBytes} bytes, which a device was let in with`);
    choices.push({ budgetBytes, choice });
  }
  return choices;
}

/** What was found for the budget, where that trains all of `inner`, or is nothing. */
function findingFor({ found }: CoordinatorState, budgetBytes: number, inner: UpdateScheme | undefined) {
  const finding = found.find((each) => each.budgetBytes === budgetBytes);
  const isNested = !finding?.choice || !inner || containsScheme(finding.choice.scheme, inner);
  return isNested ? finding : undefined;
}

/** The smallest budget that was not searched for, the one being searched for aside. */
function nextSearch(state: CoordinatorState): Omit<SchemeSearch, 'reports'> | null {
  for (const [index, { budgetBytes }] of state.choices.entries()) {
    const inner = state.choices[index - 1]?.choice.scheme;
    const isSearched =
      budgetBytes === state.searching?.budgetBytes || findingFor(state, budgetBytes, inner) !== undefined;
    if (!isSearched) return { budgetBytes, inner: inner ?? null };
  }
  return null;
}

function isEqual(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}
