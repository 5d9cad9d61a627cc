// All that a run's folder says of the run, and what of it is damaged. Changes nothing on the disk.

import { join } from 'node:path';
import type { Disk } from './disk.ts';
import { isNewRun, readRunJournal, type ReadRunJournal, type Replay } from './runJournal.ts';
import { missingLines, readRunLines, type DueLines, type ReadLines } from './runLines.ts';
import type { Evaluation, StepLine } from './keptLines.ts';

/** Whoever replays a run, and knows then what lines it must have written. */
export interface RunReplay extends Replay {
  /** Asked when all is replayed. */
  dueEvaluations(): DueLines<Evaluation>;
  dueSteps(evaluations: readonly Evaluation[]): DueLines<StepLine>;
  onEvaluation(line: Evaluation): void;
  onStep(line: StepLine): void;
  /** Acknowledged updates are gone: no device may go on as if they were not. Gives the state to go on from, in which it may have stepped. */
  afterLoss(): unknown;
}

export interface FoundRun {
  readonly folder: string;
  /** Null: nothing was ever journalled. */
  readonly journal: ReadRunJournal | null;
  readonly paths: { readonly metrics: string; readonly evaluations: string };
  readonly evaluations: ReadLines;
  readonly dueEvaluations: DueLines<Evaluation>;
  readonly steps: ReadLines;
  /** By what is replayed now. */
  dueSteps(): DueLines<StepLine>;
}

export function findRun(disk: Disk, folder: string, replay: RunReplay): FoundRun {
  let journal: ReadRunJournal | null = null;
  if (isNewRun(disk, folder)) replay.begin(null);
  else journal = readRunJournal(disk, folder, replay);

  const paths = { metrics: join(folder, 'metrics.jsonl'), evaluations: join(folder, 'evaluations.jsonl') };
  const known: Evaluation[] = [];
  const dueEvaluations = replay.dueEvaluations();
  const evaluations = readRunLines(disk, paths.evaluations, dueEvaluations, (line) => {
    known.push(line);
    replay.onEvaluation(line);
  });
  const scores = [...known, ...missingLines(dueEvaluations, evaluations.numLines)];
  const dueSteps = () => replay.dueSteps(scores);
  const steps = readRunLines(disk, paths.metrics, dueSteps(), (line) => replay.onStep(line));
  return { folder, journal, paths, evaluations, dueEvaluations, steps, dueSteps };
}
