// What dashboards have of a live run. They only look; what the model mixes up is examined while somebody does.

import type { Dataset } from '../../shared/tasks/task.ts';
import type { RunEffects } from './runEffects.ts';
import type { RunEvaluations } from './runEvaluations.ts';
import type { RunFacts } from './runFacts.ts';
import type { RunFigures } from './runFigures.ts';
import type { RunHistoryRecorder } from './runHistory.ts';

export interface RunForDashboard
  extends
    RunFacts,
    RunFigures,
    Pick<RunEffects, 'schemeOf'>,
    Pick<RunEvaluations, 'examination' | 'setExamining'> {
  readonly history: Pick<RunHistoryRecorder, 'after'>;
  /** The held-out samples. */
  readonly test: Dataset;
}
