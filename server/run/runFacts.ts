// What everybody who has to do with a live run may read of it.

import type { Parameters } from '../../shared/engine/model.ts';
import type { RunConfig } from '../../shared/federation/config.ts';
import type { TaskDefinition } from '../../shared/tasks/task.ts';

export interface RunFacts {
  /** With the settings as they stand. */
  readonly config: RunConfig;
  readonly task: TaskDefinition;
  /** The newest that is durable: whoever is told of it never sees it go back. */
  readonly version: number;
  /** Of that version; immutable. */
  readonly parameters: Parameters;
  readonly isEnded: boolean;
}
