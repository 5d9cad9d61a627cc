// What is told of each configuration, over its seeds. Pure.

import { leastDeviceBytes, planTraining } from '../../shared/engine/planTraining.ts';
import { fullScheme } from '../../shared/engine/scheme.ts';
import { modelOfScheme } from '../../shared/engine/schemeModel.ts';
import type { SimulationResult } from '../../shared/simulate/simulationResult.ts';
import { runConfigOfCell, type Cell } from './cells.ts';
import type { FinishedCell } from './cellStore.ts';
import type { Experiment } from './experimentFile.ts';

export interface Summary {
  readonly name: string;
  readonly label: string;
  readonly results: readonly SimulationResult[];
  /** Mean over the seeds; null: some seed missed the target. */
  readonly timeToTarget: number | null;
  readonly numReached: number;
  readonly updatesToTarget: number | null;
  readonly payloadToTarget: number | null;
  /** By the task's metric. */
  readonly testScore: number;
  readonly validationScore: number;
  readonly virtualSeconds: number;
  readonly payloadBytes: number;
  readonly deviceBytes: number;
  readonly stepBytes: number;
  /** Of the scheme that was given out most. */
  readonly trainedShare: number;
  /** Of the same scheme, planned without a budget, and in its most frugal form. */
  readonly wholeBatchBytes: number;
  readonly leastBytes: number;
  readonly wholeBatchStepBytes: number;
  readonly stalenessMean: number;
  readonly stragglerWeightShare: number;
}

/** In the order of the experiment; configurations without a finished cell are missing. */
export function summarise(
  { configs }: Experiment,
  cells: readonly Cell[],
  finished: readonly FinishedCell[],
): Summary[] {
  return configs.flatMap(({ name, label }) => {
    const results = finished.filter(({ config }) => config === name).map(({ result }) => result);
    if (results.length === 0) return [];
    const mean = (of: (result: SimulationResult) => number): number =>
      results.reduce((sum, result) => sum + of(result), 0) / results.length;
    const reached = results.filter(({ timeToTarget }) => timeToTarget !== null);
    const isReached = reached.length === results.length;
    const atTarget = (of: 'updates' | 'payloadBytes'): number | null =>
      isReached ? mean(({ curve, timeToTarget }) => pointAt(curve, timeToTarget!)[of]) : null;
    const cell = cells.find(({ config }) => config === name)!;
    const { batch } = runConfigOfCell(cell).localWork;
    const { model: wholeModel } = cell.task;
    // Where nothing was given out, as all of it would have been.
    const nothing = { scheme: fullScheme(wholeModel), trainedShare: 0, assignments: 0 };
    const main = results[0]!.schemes.reduce(
      (most, each) => (each.assignments > most.assignments ? each : most),
      nothing,
    );
    // What a device plans: of a subnetwork the narrow model.
    const model = modelOfScheme(wholeModel, main.scheme);
    const whole = planTraining(model, main.scheme, { batch });
    return {
      name,
      label,
      results,
      timeToTarget: isReached ? mean(({ timeToTarget }) => timeToTarget!) : null,
      numReached: reached.length,
      updatesToTarget: atTarget('updates'),
      payloadToTarget: atTarget('payloadBytes'),
      testScore: mean(({ finalScore }) => finalScore),
      validationScore: mean(({ curve }) => curve.at(-1)?.score ?? 0),
      virtualSeconds: mean(({ virtualSeconds }) => virtualSeconds),
      payloadBytes: mean(({ payloadBytes }) => payloadBytes),
      deviceBytes: mean(({ deviceBytesMean }) => deviceBytesMean),
      stepBytes: mean(({ stepBytes }) => stepBytes),
      trainedShare: main.trainedShare,
      wholeBatchBytes: whole.deviceBytes,
      wholeBatchStepBytes: whole.stepBytes,
      leastBytes: leastDeviceBytes(model, main.scheme, batch),
      stalenessMean: mean(({ stalenessMean }) => stalenessMean),
      stragglerWeightShare: mean(({ stragglerWeightShare }) => stragglerWeightShare),
    };
  });
}

function pointAt(
  curve: SimulationResult['curve'],
  virtualSeconds: number,
): SimulationResult['curve'][number] {
  return curve.find((point) => point.virtualSeconds === virtualSeconds)!;
}
