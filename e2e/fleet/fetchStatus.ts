// Reads a server's status over HTTP.

import type { RunStatus, ServerStatus } from '../../shared/protocol/status.ts';

/** The run of that id ('' is the first). Throws an Error naming the address where nothing answers or the run is unknown. */
export async function fetchRunStatus(server: string, run: string): Promise<RunStatus> {
  const address = new URL('/api/status', server).href;
  const response = await fetch(address, { signal: AbortSignal.timeout(30_000) }).catch((error: Error) => {
    throw new Error(`${address} does not answer (${error.message})`);
  });
  if (!response.ok) throw new Error(`${address}: expected status 200, got ${response.status}`);
  const { runs } = (await response.json()) as ServerStatus;
  const found = run === '' ? runs[0] : runs.find((candidate) => candidate.id === run);
  if (!found) throw new Error(`run must be one of ${runs.map((r) => r.id).join(', ')}, got "${run}"`);
  return found;
}
