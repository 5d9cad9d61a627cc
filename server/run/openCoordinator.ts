// A run's coordinator as it was kept, or a new one, with the curves and evaluations of what lies behind it.

import { initialParameters } from '../../shared/engine/initialParameters.ts';
import { createCoordinator, restoreCoordinator } from '../../shared/federation/coordinator.ts';
import { createPrecisionLookup } from '../../shared/selection/precisionLookup.ts';
import { uploadOf } from '../../shared/contract/deltaBytes.ts';
import { rulesOfStrategy } from '../settings/strategyCode.ts';
import { openDurableCoordinator, type DurableCoordinator } from '../store/durableCoordinator.ts';
import type { Evaluation } from '../store/keptLines.ts';
import type { LiveRunOptions } from './liveRunOptions.ts';
import { thisMachine } from './machine.ts';
import { createRunHistory, type RunHistoryRecorder } from './runHistory.ts';

export interface OpenedCoordinator {
  readonly durable: DurableCoordinator;
  /** Knows the evaluations, too. */
  readonly history: RunHistoryRecorder;
  /** Oldest first; grows. */
  readonly evaluations: readonly Evaluation[];
  readonly addEvaluation: (evaluation: Evaluation) => void;
}

/** Throws CheckpointError where the folder cannot be gone on with. */
export async function openCoordinator(options: LiveRunOptions): Promise<OpenedCoordinator> {
  const { config, folder, machine = thisMachine, probePlanner } = options;
  const { model } = options.task;
  const { create, restore } = options.coordinators ?? {
    create: createCoordinator,
    restore: restoreCoordinator,
  };
  const deps = {
    config,
    model,
    selectScheme: options.selectScheme,
    precisionsOf: createPrecisionLookup(model, config.localWork.batch, uploadOf(config.encoding.up)),
    rules: rulesOfStrategy(config.strategy),
    hasSearch: options.schemeFinder !== undefined,
    ...(probePlanner && { probePlanner }),
  };
  const evaluations: Evaluation[] = [];
  const history = createRunHistory([], []);
  function addEvaluation(evaluation: Evaluation): void {
    evaluations.push(evaluation);
    history.addEvaluation(evaluation);
  }
  const durable = await openDurableCoordinator({
    folder,
    disk: machine.disk,
    clock: machine.nowMs,
    create: () => create({ ...deps, parameters: options.start ?? initialParameters(model, config.seed) }),
    restore: (snapshot) => restore(snapshot, deps),
    onStep: (step) => history.addStep(step),
    onEvaluation: addEvaluation,
    acceptsLoss: options.acceptsLoss ?? false,
  });
  return { durable, history, evaluations, addEvaluation };
}
