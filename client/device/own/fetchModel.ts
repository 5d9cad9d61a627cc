// `GET /api/model` of a run: the only request that a tab makes for a person who tries the models. What it says is which
// versions the tab holds.

import type { OwnEngine } from './ownHost.ts';
import { ownError } from './ownProblem.ts';

/** Rejects, in words for the person, where there is no answer. */
export function fetchModelOf(server: string, run: () => string): OwnEngine['fetchModel'] {
  return async (held) => {
    const search = new URLSearchParams({ run: run(), held: held.join() });
    const answer = await fetch(`${server}/api/model?${search}`).catch(() => null);
    if (!answer)
      throw ownError('serverSilent', 'The newest model could not be fetched: the server does not answer.');
    if (answer.status === 404)
      throw ownError('modelGone', 'The newest model could not be fetched: the server has no such run.');
    if (!answer.ok) throw new Error(`The newest model could not be fetched: ${(await answer.text()).trim()}`);
    return answer.arrayBuffer();
  };
}
