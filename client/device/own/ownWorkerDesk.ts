// The desk as the Worker opens it: with the browser's storage and the run's server.

import { fetchModelOf } from './fetchModel.ts';
import { openOwnDesk } from './ownDesk.ts';
import type { OwnDesk, OwnEngine, OwnHost } from './ownHost.ts';
import { ownKey } from './ownKey.ts';
import { openOwnStore } from './ownStore.ts';

export function openOwnWorkerDesk(host: OwnHost, engine: Omit<OwnEngine, 'fetchModel'>): Promise<OwnDesk> {
  const { server, run, task } = host;
  const fetchModel = fetchModelOf(server, run);
  return openOwnDesk(host, { ...engine, fetchModel }, openOwnStore(ownKey(server, task)));
}
