// How far a run has come, who waits for how far, and that it ends: at its limits, or when it is told to.

import { isReached, type Metric } from '../../shared/tasks/metric.ts';
import type { Evaluation } from '../store/keptLines.ts';
import { createMilestones } from './milestones.ts';
import type { RunEnd } from './outlet.ts';

export interface RunLimits {
  /** The run ends when an evaluation reaches this score; 0: never. */
  readonly targetScore: number;
  /** The run ends at this version; 0: never. */
  readonly maxVersions: number;
}

export interface RunEnding {
  readonly isEnded: boolean;
  /** Resolves when the run has ended by one of its limits or by `end`. */
  readonly whenEnded: Promise<void>;
  /** Rejects when the run ends or is closed before. */
  readonly whenScore: (target: number) => Promise<Evaluation>;
  readonly whenVersion: (version: number) => Promise<void>;
  /** No device gets work any more; each is told so. Default: it is over. */
  readonly end: (end?: RunEnd) => void;
  /** The newest is among the evaluations. */
  readonly evaluated: (newest: Evaluation) => void;
  readonly stepped: (version: number) => void;
  /** Nothing comes any more. */
  readonly close: () => void;
}

export interface RunEndingOptions {
  readonly runId: string;
  readonly metric: Metric;
  readonly limits: RunLimits;
  /** Grows. */
  readonly evaluations: readonly Evaluation[];
  readonly versionNow: () => number;
  readonly onEnd: (end: RunEnd) => void;
}

export function createRunEnding(options: RunEndingOptions): RunEnding {
  const { metric, evaluations, versionNow, onEnd } = options;
  const { targetScore, maxVersions } = options.limits;
  const milestones = createMilestones(options.runId);
  let isEnded = false;
  let resolveEnded!: () => void;
  const whenEnded = new Promise<void>((resolve) => (resolveEnded = resolve));

  function end(why: RunEnd = 'runEnded'): void {
    if (isEnded) return;
    isEnded = true;
    milestones.close();
    onEnd(why);
    resolveEnded();
  }

  return {
    get isEnded() {
      return isEnded;
    },
    whenEnded,
    whenScore: (target) =>
      milestones.wait(
        () => evaluations.find(({ score }) => isReached(metric, score, target)) ?? null,
        `${metric} ${target}`,
      ),
    async whenVersion(version) {
      await milestones.wait(() => (versionNow() >= version ? version : null), `version ${version}`);
    },
    end,
    evaluated({ score }) {
      milestones.check();
      if (targetScore > 0 && isReached(metric, score, targetScore)) end();
    },
    stepped(version) {
      milestones.check();
      if (maxVersions > 0 && version >= maxVersions) end();
    },
    close: () => milestones.close(),
  };
}
