// The page's end of steering: the token from the address, commands and downloads. Knows no element of the page.

import type { DeskChoices } from '../../shared/contract/dashboard.ts';
import type { SteerCommand } from '../../shared/contract/steering.ts';

const STORED = 'minnow.adminToken';

export interface Admin {
  readonly choices: DeskChoices;
  /** Resolves when the server has obeyed; rejects with its reason. */
  steer(command: SteerCommand): Promise<void>;
  /** Resolves with the file. */
  download(file: string): Promise<Blob>;
}

/** Takes the token out of the address (`#token=...`), where it would be seen by all, or out of this tab's memory. */
export function takeToken(): string {
  const given = /^#token=([\w-]+)$/.exec(location.hash)?.[1];
  if (given === undefined) return readStored();
  history.replaceState(null, '', location.pathname + location.search);
  try {
    sessionStorage.setItem(STORED, given);
  } catch {
    // Storage may be barred; then a reload only looks.
  }
  return given;
}

function readStored(): string {
  try {
    return sessionStorage.getItem(STORED) ?? '';
  } catch {
    return '';
  }
}

/** Null where the server does not know the token. `run` names the run at hand; '' is the server's default run. */
export async function openAdmin(token: string, run: () => string): Promise<Admin | null> {
  const ask = (path: string, init: RequestInit = {}): Promise<Response> => {
    const [name, query = ''] = path.split('?');
    return fetch(`api/admin/${name!}?run=${encodeURIComponent(run())}&${query}`, {
      ...init,
      headers: { authorization: `Bearer ${token}` },
    });
  };
  if (token === '') return null;
  const check = await ask('check');
  if (!check.ok) return null;
  const choices = (await check.json()) as DeskChoices;
  return {
    choices,
    async steer(command) {
      await expectOk(await ask('steer', { method: 'POST', body: JSON.stringify(command) }));
    },
    async download(file) {
      return (await expectOk(await ask(`download?file=${file}`))).blob();
    },
  };
}

async function expectOk(answer: Response): Promise<Response> {
  if (answer.ok) return answer;
  throw new Error((await answer.text()).trim() || `HTTP ${answer.status}`);
}
