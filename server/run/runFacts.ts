// What everybody who has to do with a live run may read of it.

import type { Parameters } from '../../shared/engine/model.ts';
import type { RunConfig } from '../../shared/federation/config.ts';
import type { TaskDefinition } from '../../shared/tasks/task.ts';

export interface RunFacts {
  /** With the settings as they stand. */
  readonly config: RunConfig;
  readonly task: TaskDefinition;
  readonly version: number;
  /** The newest model's; immutable. */
  readonly parameters: Parameters;
  readonly isEnded: boolean;
}
