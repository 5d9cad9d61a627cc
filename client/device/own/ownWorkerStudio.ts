// The studio as the Worker opens it: with the browser's storage and the run's server.

import { fetchModelOf } from './fetchModel.ts';
import { openOwnStudio } from './ownStudio.ts';
import type { OwnStudio, OwnEngine, OwnHost } from './ownHost.ts';
import { ownKey } from './ownKey.ts';
import { openOwnStore } from './ownStore.ts';

export function openOwnWorkerStudio(
  host: OwnHost,
  engine: Omit<OwnEngine, 'fetchModel'>,
): Promise<OwnStudio> {
  const { server, run, task } = host;
  const fetchModel = fetchModelOf(server, run);
  return openOwnStudio(host, { ...engine, fetchModel }, openOwnStore(ownKey(server, task)));
}
