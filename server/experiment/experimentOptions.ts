// What running an experiment takes and gives.

import type { World } from '../../shared/simulate/world.ts';
import type { TaskOpener } from '../data/openTask.ts';
import type { ExperimentRow, RelativeRow } from './compareRows.ts';
import type { Experiment } from './experimentSchema.ts';

export interface RunExperimentOptions {
  readonly experiment: Experiment;
  readonly world: World;
  readonly isQuick: boolean;
  /** See `codeVersionOf`. */
  readonly codeVersion: string;
  /** Where finished cells are kept. */
  readonly cacheFolder: string;
  readonly resultsFolder: string;
  /** What was typed, for the record. */
  readonly command: string;
  readonly dataDir: string;
  /** Opens the tasks; files are relative to the experiment's. */
  readonly open: TaskOpener;
  readonly threads?: number;
  /** Takes finished cells of other versions of the code as well. */
  readonly anyVersion: boolean;
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
  readonly onProgress: (text: string) => void;
}

export interface ExperimentResult {
  readonly rows: readonly ExperimentRow[];
  readonly relative: readonly RelativeRow[];
  /** Some cells are missing. */
  readonly isPartial: boolean;
}
