// What a live run is opened with.

import type { Evaluator, EvaluatorOptions } from '../evaluate/evaluator.ts';
import type { Parameters } from '../../shared/engine/model.ts';
import type { RunConfig } from '../../shared/federation/config.ts';
import type { createCoordinator, restoreCoordinator } from '../../shared/federation/coordinator.ts';
import type { ProbePlanner } from '../../shared/federation/probePlanner.ts';
import type { SelectScheme } from '../../shared/federation/selectScheme.ts';
import type { Dataset, TaskDefinition } from '../../shared/tasks/task.ts';
import type { SchemeFinder } from '../search/schemeFinder.ts';
import type { RunScalars } from '../tensorboard/runScalars.ts';
import type { Machine } from './machine.ts';
import type { RunLimits } from './runEnding.ts';

export interface LiveRunOptions {
  readonly config: RunConfig;
  readonly folder: string;
  readonly task: TaskDefinition;
  /** Parameters of a new run; absent: drawn by its seed. */
  readonly start?: Parameters | undefined;
  readonly test: Dataset;
  /** Demo shards, dealt to devices by their seed or in turn. */
  readonly shards: readonly Dataset[];
  readonly selectScheme: SelectScheme;
  /** Searches for better schemes than `selectScheme` gives; closed with the run. */
  readonly schemeFinder?: SchemeFinder | undefined;
  /** What devices probe, where they are to tell what a search goes by. */
  readonly probePlanner?: ProbePlanner | undefined;
  readonly evaluateEveryMs: number;
  readonly checkpointEverySteps: number;
  readonly checkpointEveryBytes?: number | undefined;
  /** Goes on without what of the folder is damaged or missing. */
  readonly acceptsLoss?: boolean | undefined;
  readonly limits: RunLimits;
  /** Told of steps and evaluations as they come; closed with the run. */
  readonly scalars?: RunScalars | undefined;
  /** A fault that the run cannot go on from (the disk, the evaluation thread). */
  readonly onFailure: (error: Error) => void;
  /** Default: this one. */
  readonly machine?: Machine | undefined;
  /** What makes the run's state machine, and takes it up again. Default: that of `federation`. */
  readonly coordinators?: Coordinators | undefined;
  /** Default: one in a thread of its own. */
  readonly openEvaluator?: ((options: EvaluatorOptions) => Evaluator) | undefined;
}

export interface Coordinators {
  readonly create: typeof createCoordinator;
  readonly restore: typeof restoreCoordinator;
}
