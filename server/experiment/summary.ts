// What is told of each configuration in each condition, over its seeds. Pure.

import { leastDeviceBytes, planTraining } from '../../shared/engine/planTraining.ts';
import { fullScheme } from '../../shared/engine/scheme.ts';
import { modelOfScheme } from '../../shared/engine/schemeModel.ts';
import type { SimulationResult } from '../../shared/simulate/simulationResult.ts';
import { runConfigOfCell, type Cell } from './cells.ts';
import { conditionsOf, type Condition } from './conditions.ts';
import type { Experiment } from './experimentSchema.ts';
import { figureNamed } from './figures.ts';
import { meanInterval } from './meanInterval.ts';
import type { CellOutcome } from './outcomes.ts';

export interface Summary {
  readonly condition: Condition;
  /** Of the configuration. */
  readonly name: string;
  readonly label: string;
  readonly outcomes: readonly CellOutcome[];
  readonly results: readonly SimulationResult[];
  readonly cell: Cell;
  readonly memory: MemoryFigures;
}

/** A figure over the seeds. */
export interface FigureMean {
  /** Null: some seed has none. */
  readonly mean: number | null;
  /** Of the 95 % interval by Student's t; null for a single seed, too. */
  readonly half: number | null;
  readonly numMissing: number;
}

/** Of the scheme that was given out most. */
export interface MemoryFigures {
  readonly trainedShare: number;
  /** Planned without a budget, and in its most frugal form. */
  readonly wholeBatchBytes: number;
  readonly leastBytes: number;
  readonly wholeBatchStepBytes: number;
  /** As simulated: means over devices and seeds. */
  readonly deviceBytes: number;
  readonly stepBytes: number;
}

/** In the order of the experiment; what has no finished cell is missing. */
export function summarise({ axes, configs }: Experiment, outcomes: readonly CellOutcome[]): Summary[] {
  return conditionsOf(axes).flatMap((condition) =>
    configs.flatMap(({ name, label }) => {
      const here = outcomes.filter(
        ({ cell }) => cell.config === name && cell.condition.key === condition.key,
      );
      if (here.length === 0) return [];
      const results = here.map(({ result }) => result);
      const { cell } = here[0]!;
      return [{ condition, name, label, outcomes: here, results, cell, memory: memoryOf(cell, results) }];
    }),
  );
}

export function figureMean({ outcomes }: Summary, name: string): FigureMean {
  const figure = figureNamed(name);
  const values = outcomes.flatMap((outcome) => figure.of(outcome) ?? []);
  const numMissing = outcomes.length - values.length;
  if (numMissing > 0) return { mean: null, half: null, numMissing };
  return { ...meanInterval(values), numMissing };
}

function memoryOf(cell: Cell, results: readonly SimulationResult[]): MemoryFigures {
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
  const mean = (of: (result: SimulationResult) => number): number =>
    results.reduce((sum, result) => sum + of(result), 0) / results.length;
  return {
    trainedShare: main.trainedShare,
    wholeBatchBytes: whole.deviceBytes,
    wholeBatchStepBytes: whole.stepBytes,
    leastBytes: leastDeviceBytes(model, main.scheme, batch),
    deviceBytes: mean(({ deviceBytesMean }) => deviceBytesMean),
    stepBytes: mean(({ stepBytes }) => stepBytes),
  };
}
