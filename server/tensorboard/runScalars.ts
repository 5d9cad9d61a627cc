// What TensorBoard shows of a run: scalars by version, and by the time at which they were so. Knows nothing of files.

import type { StepRecord } from '../../shared/federation/events.ts';
import type { SimulationResult } from '../../shared/simulate/simulationResult.ts';
import type { Metric } from '../../shared/tasks/metric.ts';
import type { Evaluation } from '../store/keptLines.ts';
import { openEventFile, type EventFile } from './eventFile.ts';

/** What a run had cost when a version was made. */
export interface RunCost {
  /** Accepted updates. */
  readonly updates: number;
  /** Both ways. */
  readonly payloadBytes: number;
}

export interface RunScalars {
  addStep(record: StepRecord, cost: RunCost): void;
  addEvaluation(evaluation: Pick<Evaluation, 'version' | 'score' | 'accuracy' | 'loss'>): void;
  close(): void;
}

/** Of a live run, as it goes on. What the disk refuses is told once: the run goes on without. */
export function openRunScalars(folder: string, metric: Metric, tell: (note: string) => void): RunScalars {
  let file: EventFile | null = null;
  const begin = (): EventFile => openEventFile(folder, Date.now() / 1000);
  const attempt = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      file = null;
      tell(`${folder}: nothing more is written for TensorBoard: ${(error as Error).message}`);
    }
  };
  const add = (version: number, scalars: Record<string, number>): void =>
    attempt(() => file?.add(Date.now() / 1000, version, known(scalars)));
  attempt(() => (file = begin()));
  return {
    addStep({ version, updates, clipped }, { updates: accepted, payloadBytes }) {
      const mean = (of: (update: StepRecord['updates'][number]) => number): number =>
        updates.reduce((sum, update) => sum + of(update), 0) / updates.length;
      add(version, {
        'updates/accepted': accepted,
        'updates/clipped': clipped,
        'updates/weight': mean(({ weight }) => weight),
        staleness: mean(({ staleness }) => staleness),
        'loss/local': mean(({ lossLast }) => lossLast),
        'payload/bytes': payloadBytes,
      });
    },
    addEvaluation: ({ version, ...result }) => add(version, scalarsOfScores(metric, result)),
    close: () => attempt(() => file?.close()),
  };
}

/** Of a simulation that has ended; its time is virtual, from 0 on. Throws what the disk says. */
export function writeSimulationScalars(
  folder: string,
  metric: Metric,
  { curve, versions, virtualSeconds, ...result }: SimulationResult,
): void {
  const file = openEventFile(folder, 0);
  try {
    for (const { virtualSeconds: seconds, version, updates, payloadBytes, ...scores } of curve)
      file.add(seconds, version, {
        ...scalarsOfScores(metric, scores),
        'updates/accepted': updates,
        'payload/bytes': payloadBytes,
      });
    file.add(virtualSeconds, versions, {
      'updates/accepted': result.updates,
      'updates/refused': result.refused,
      'updates/clipped': result.clippedTensors,
      'payload/bytes': result.payloadBytes,
      staleness: result.stalenessMean,
      ...known({
        [`test/${metric}`]: result.finalScore,
        'test/accuracy': result.finalAccuracy,
        'test/loss': result.finalLoss,
      }),
    });
  } finally {
    file.close();
  }
}

function scalarsOfScores(
  metric: Metric,
  { score, accuracy, loss }: { readonly score: number; readonly accuracy: number; readonly loss: number },
): Record<string, number> {
  return known({ [metric]: score, accuracy, 'loss/held-out': loss });
}

/** Without what there is none of (-1) and what is no number. */
function known(scalars: Record<string, number>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(scalars).filter(([, value]) => Number.isFinite(value) && value >= 0),
  );
}
