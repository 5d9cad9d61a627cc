import type { ServerStatus } from '../../shared/contract/status.ts';
import type { LineUp, RunInLine } from './lineUp.ts';
import type { RunFigures } from './runFigures.ts';

/** Of all runs that are open, with what whoever steers them has them wait for. */
export function serverStatus(lineUp: LineUp<RunInLine & RunFigures>): ServerStatus {
  return { runs: lineUp.runs.map((run) => ({ ...run.status(), waiting: lineUp.waitingOf(run) })) };
}
