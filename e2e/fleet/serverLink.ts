// A fleet's own line to the server, beside its tabs: reads the status, and steers with the token. Goes on past the warning
// of a certificate that the server made itself, as its tabs do. Knows nothing of devices.

import { request, type APIResponse } from 'playwright';
import type { SteerCommand } from '../../shared/contract/steering.ts';
import { joinAddress } from '../../shared/joinAddress.ts';
import type { RunStatus, ServerStatus } from '../../shared/contract/status.ts';

export interface ServerLink {
  /** Where tabs join: the server's, with its join code where one was given. */
  readonly address: string;
  readonly maySteer: boolean;
  /** Throws an Error naming the address where nothing answers, or the runs where it is none of them. */
  status(): Promise<RunStatus>;
  /** Throws an Error with the server's own sentence where it does not obey. */
  steer(command: SteerCommand): Promise<void>;
  close(): Promise<void>;
}

const TIMEOUT_MS = 30_000;
/** The server may close a connection that was kept open in the moment in which it is asked on it. */
const RETRIES = 3;

/**
 * A line to the run of that id ('' is the server's first). `address` is the server's, a path ending in a slash, or one
 * of the links that it prints (`.../?code=...`, `.../dashboard#token=...`).
 */
export async function openServerLink(address: string, run = ''): Promise<ServerLink> {
  const { searchParams, hash } = new URL(address);
  const base = new URL('.', address).href;
  const token = new URLSearchParams(hash.slice(1)).get('token') ?? '';
  const http = await request.newContext({ ignoreHTTPSErrors: true, timeout: TIMEOUT_MS });

  async function ask(path: string, isGood: (answer: APIResponse) => boolean, data?: object) {
    const headers = token === '' ? {} : { authorization: `Bearer ${token}` };
    const answer = await (
      data
        ? http.post(base + path, { data, headers })
        : http.get(base + path, { headers, maxRetries: RETRIES })
    ).catch((error: Error) => {
      throw new Error(`${base}${path} does not answer (${error.message.split('\n')[0]})`);
    });
    if (isGood(answer)) return answer;
    throw new Error(
      `${base}${path} answers ${answer.status()}: ${(await answer.text()).trim().slice(0, 200)}`,
    );
  }
  return {
    address: joinAddress(base, searchParams.get('code') ?? ''),
    maySteer: token !== '',
    async status() {
      const answer = await ask('api/status', (got) => got.ok());
      const { runs } = (await answer.json()) as ServerStatus;
      const found = run === '' ? runs[0] : runs.find((candidate) => candidate.id === run);
      if (!found) throw new Error(`run must be one of ${runs.map(({ id }) => id).join(', ')}, got "${run}"`);
      return found;
    },
    async steer(command) {
      await ask(`api/admin/steer?run=${encodeURIComponent(run)}`, (got) => got.status() === 204, command);
    },
    close: () => http.dispose(),
  };
}
