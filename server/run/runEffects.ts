// What each effect of a run's coordinator leads to here. Called only for what is durable.

import type { UpdateScheme } from '../../shared/engine/scheme.ts';
import type { Effect } from '../../shared/federation/events.ts';
import type { DurableCoordinator } from '../store/durableCoordinator.ts';
import { figuresOf, type Evaluation } from '../store/keptLines.ts';
import type { Checkpoints } from './checkpoints.ts';
import type { Outlet } from './outlet.ts';
import type { RunEnding } from './runEnding.ts';
import type { RunEvaluations } from './runEvaluations.ts';
import type { RunFacts } from './runFacts.ts';
import type { RunHistoryRecorder } from './runHistory.ts';
import type { SchemeSearches } from './schemeSearches.ts';

export interface RunEffects {
  readonly execute: (effect: Effect) => void;
  /** What the device was last given to train since the server started. */
  readonly schemeOf: (deviceId: string) => UpdateScheme | undefined;
  /** The newest model that is durable: the coordinator's own may be of a step that is not on the disk yet. */
  readonly newest: NewestModel;
}

export type NewestModel = Pick<RunFacts, 'version' | 'parameters'>;

export interface RunEffectsOptions {
  readonly durable: Pick<DurableCoordinator, 'store' | 'coordinator'>;
  readonly outlet: Pick<Outlet, 'assign'>;
  readonly history: Pick<RunHistoryRecorder, 'addStep'>;
  /** Grows. */
  readonly evaluations: readonly Evaluation[];
  readonly scoring: Pick<RunEvaluations, 'offer'>;
  readonly checkpoints: Pick<Checkpoints, 'noteStep'>;
  readonly ending: Pick<RunEnding, 'isEnded' | 'stepped'>;
  readonly beginSearch: SchemeSearches['begin'];
}

export function createRunEffects(options: RunEffectsOptions): RunEffects {
  const { outlet, history, evaluations, scoring, checkpoints, ending, beginSearch } = options;
  const { store, coordinator } = options.durable;
  let newest: NewestModel = { version: coordinator.version, parameters: coordinator.parameters };
  const schemes = new Map<string, UpdateScheme>();

  function execute(effect: Effect): void {
    switch (effect.kind) {
      case 'assign':
        if (!effect.order.probe) schemes.set(effect.order.deviceId, effect.order.scheme);
        if (!ending.isEnded) outlet.assign(effect.order);
        return;
      case 'stepped':
        newest = { version: effect.record.version, parameters: effect.parameters };
        store.metrics.append({ ...effect.record, ...figuresOf(evaluations.at(-1)) });
        history.addStep(effect.record);
        scoring.offer(effect.record.version, effect.parameters);
        checkpoints.noteStep();
        ending.stepped(effect.record.version);
        return;
      case 'searchScheme':
        beginSearch(effect);
        return;
      case 'forgotten':
        schemes.delete(effect.deviceId);
        return;
      case 'answerUpdate':
      case 'answerProbe':
      case 'refuseDevice':
      case 'wakeAt':
        return;
      default:
        throw new Error(`internal: unknown effect ${JSON.stringify(effect satisfies never)}`);
    }
  }

  return {
    execute,
    schemeOf: (deviceId) => schemes.get(deviceId),
    get newest() {
      return newest;
    },
  };
}
