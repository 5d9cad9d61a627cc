// What a change of settings means for what is under way: nothing that was accepted is lost, and nobody is left waiting.
//
// - assignments that are out keep their leases, and the age that they were allowed; what comes of them counts under the new
//   strategy. Under a synchronous one they are the cohort that is waited for
// - the buffer stays; if it is full by the new rule, the step follows at once
// - under another subset policy the choices begin anew; a device that can train nothing under it is refused

import type { RunSettings } from './config.ts';
import { scaleNorms } from './policies/normWindow.ts';
import { leaveDevice } from './presence.ts';
import { countRefusal } from './refusals.ts';
import { renewChoices } from './schemeChoice.ts';
import type { CoordinatorContext } from './state.ts';
import { wayIn } from './subnetworkChoice.ts';
import { rulesOf } from './triggers.ts';

/** Goes over to the settings that the context has by now. */
export function takeUpSettings(context: CoordinatorContext, before: RunSettings): void {
  const { subset, strategy, localWork } = context.config;
  if (!isSame(subset, before.subset)) takeUpSubset(context);
  if (!isSame(strategy.trigger, before.strategy.trigger)) rulesOf(strategy.trigger).takeUp(context.state);
  const factor = localWork.learningRate / before.learningRate;
  if (Number.isFinite(factor) && factor !== 1)
    context.state.norms = context.state.norms.map((window) => scaleNorms(window, factor));
}

function takeUpSubset(context: CoordinatorContext): void {
  const { state, effects } = context;
  const refused: string[] = [];
  for (const device of state.devices.values()) {
    if (device.presence === 'gone') continue;
    const fit = wayIn(context, device.budgetBytes);
    if ('smallestBudgetBytes' in fit) {
      refused.push(device.deviceId);
      effects.push({ kind: 'refuseDevice', deviceId: device.deviceId, ...fit });
      countRefusal(state, 'budgetTooSmall');
    }
    // One that is refused has no say in the new choices.
    device.isNarrow = 'smallestBudgetBytes' in fit || fit.isNarrow;
    device.sayFromMs = Math.min(device.sayFromMs, state.nowMs);
  }
  renewChoices(context);
  for (const deviceId of refused) leaveDevice(context, deviceId);
}

/** Both are data that came through JSON or would. */
function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
