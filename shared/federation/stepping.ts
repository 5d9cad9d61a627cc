// When the server steps, and the step: the buffer's updates become a new version. The arithmetic is the policies'.
// Safety: the buffer is empty after a step, and the version goes up by one. Liveness: a full buffer, a cohort of which
// nobody has a place any more, and a deadline with at least one update always step.

import type { RunConfig } from './config.ts';
import type { StepRecord } from './events.ts';
import { numPlacesHeld } from './leases.ts';
import { countedSamples, countedSteps, usualSamples, type Claims } from './policies/boundedClaims.ts';
import { reviseChoice } from './schemeChoice.ts';
import { modelOf, stepBlocks } from './stepBlocks.ts';
import type { BufferedUpdate, CoordinatorContext, CoordinatorState } from './state.ts';
import { rulesOf } from './triggers.ts';
import {
  createCalibrator,
  createUpdateCache,
  rememberUpdates,
  type Calibrator,
  type UpdateCache,
} from './updateCache.ts';

/** Steps if that is due, and ends the cohort that is done. */
export function stepIfDue(context: CoordinatorContext): void {
  const due = dueTrigger(context);
  if (due) step(context, due);
  rulesOf(context.config.strategy.trigger).settle(context.state, due);
}

function dueTrigger({ state, config }: CoordinatorContext): StepRecord['trigger'] | null {
  const { trigger, onePerDevice } = config.strategy;
  if (state.buffer.length === 0) return null;
  const isFull = rulesOf(trigger).isFull(state, config.concurrency);
  if (isFull || (onePerDevice === 'always' && isExhausted(state))) return 'full';
  return state.deadlineMs !== null && state.deadlineMs <= state.nowMs ? 'deadline' : null;
}

/** Nobody is at work, and all who could be have an update in the buffer. */
function isExhausted(state: CoordinatorState): boolean {
  const { ready, buffer } = state;
  const waiting = new Set(buffer.map(({ deviceId }) => deviceId));
  return numPlacesHeld(state) === 0 && [...ready].every((deviceId) => waiting.has(deviceId));
}

function step(context: CoordinatorContext, trigger: StepRecord['trigger']): void {
  const { state, config, model, effects } = context;
  const version = state.version + 1;
  state.usualSamples = usualSamples(claimsOf(state));
  const buffer = state.buffer.map((update) => asItCounts(update, state.usualSamples, config));
  const { blocks, weights, kept } = stepBlocks(state.blocks, buffer, version, config.strategy, model, {
    tracksPaths: config.freshness.kind === 'drift',
    calibrator: calibratorOf(context),
    own: context.own && { rules: context.own, seed: config.seed, kept: state.kept?.weigh },
  });
  if (kept !== undefined) state.kept = { ...state.kept, weigh: kept };
  const record: StepRecord = {
    version,
    atMs: state.nowMs,
    trigger,
    updates: buffer.map((update, k) => ({
      deviceId: update.deviceId,
      staleness: state.version - update.baseVersion,
      samples: update.samples,
      weight: weights[k]!,
      lossFirst: update.lossFirst,
      lossLast: update.lossLast,
    })),
    clipped: buffer.reduce((sum, { scales }) => sum + scales.filter((scale) => scale < 1).length, 0),
  };
  state.version = version;
  state.clipped += record.clipped;
  state.blocks = blocks;
  state.cache = cacheAfter(context, buffer);
  state.buffer = [];
  state.deadlineMs = null;
  effects.push({ kind: 'stepped', record, parameters: modelOf(blocks) });
  // Some may have been silent for too long to have a say.
  reviseChoice(context);
}

/** Null: nothing is remembered. */
function calibratorOf({ state: { cache }, config, model }: CoordinatorContext): Calibrator | null {
  if (config.strategy.calibration.kind === 'none' || !cache) return null;
  return createCalibrator(cache, { model, encoding: config.encoding.up });
}

/** After the step; the version is the new one. */
function cacheAfter(
  { state: { cache, version }, config, model }: CoordinatorContext,
  buffer: readonly BufferedUpdate[],
): UpdateCache | null {
  const { calibration } = config.strategy;
  if (calibration.kind === 'none') return null;
  const form = { model, encoding: config.encoding.up };
  return rememberUpdates(cache ?? createUpdateCache(model), buffer, version, calibration.maxAge, form);
}

/** Of those who take part, and of those who have an update in the buffer. */
function claimsOf({ devices, buffer }: CoordinatorState): Claims {
  const claims = new Map(buffer.map(({ deviceId, samples }) => [deviceId, samples]));
  for (const { deviceId, presence, claimedSamples } of devices.values())
    if (presence !== 'gone' && claimedSamples > 0) claims.set(deviceId, claimedSamples);
  return claims;
}

/** The update with its claims as far as they are believed. */
function asItCounts(update: BufferedUpdate, usual: number | null, { localWork }: RunConfig): BufferedUpdate {
  const counted = countedSamples(update.samples, update.dealtSamples, usual);
  return {
    ...update,
    samples: counted,
    steps: countedSteps(update.steps, counted, localWork),
  };
}
