// The device's side of own samples in the first load of the page: opens the studio (and fetches its code) when the person
// first asks for it, or when the browser has kept samples for the task.

import type { TaskInfo } from '../../../shared/contract/messages.ts';
import { NO_OWN_DATA } from './noOwnData.ts';
import type { OwnStudio, OwnHost } from './ownHost.ts';

const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 60_000;

export interface OwnParts {
  /** Whether an earlier visit has kept samples for this task; told once something has been trained. */
  readonly hasKept: (server: string, task: TaskInfo) => Promise<boolean>;
  /** Rejects where its code cannot be had; not asked again and again then. */
  readonly openStudio: (host: OwnHost) => Promise<OwnStudio>;
}

export interface OwnLink {
  /** Null before it is opened. */
  readonly studio: OwnStudio | null;
  /** Rejects before the task is known. */
  open(): Promise<OwnStudio>;
  /** Joined: samples of another task are put away, and the personal model is of its run alone. */
  joined(run: string, host: OwnHost): void;
}

export function createOwnLink(parts: OwnParts | undefined): OwnLink {
  let host: OwnHost | null = null;
  let lastRun = '';
  let studio: OwnStudio | null = null;
  let opening: Promise<OwnStudio> | null = null;
  /** After a failure nothing is tried before this time, by the host's clock; twice as long each time. */
  let notBeforeMs = -Infinity;
  let delayMs = FIRST_DELAY_MS;
  let lastError: unknown;

  function open(): Promise<OwnStudio> {
    if (!parts || !host) return Promise.reject(new Error('This device has not joined yet.'));
    const mine = host;
    if (!opening && mine.clock.now() < notBeforeMs) return Promise.reject(lastError);
    opening ??= parts.openStudio(mine).then(
      (opened) => {
        delayMs = FIRST_DELAY_MS;
        if (mine === host) studio = opened;
        return opened;
      },
      (error) => {
        opening = null;
        lastError = error;
        notBeforeMs = mine.clock.now() + delayMs;
        delayMs = Math.min(LONGEST_DELAY_MS, 2 * delayMs);
        throw error;
      },
    );
    return opening;
  }

  return {
    get studio() {
      return studio;
    },
    open,
    joined(run, joinedHost) {
      const [isSameTask, isSameRun] = [
        JSON.stringify(host?.task) === JSON.stringify(joinedHost.task),
        lastRun === run,
      ];
      lastRun = run;
      if (isSameTask && !isSameRun) studio?.runChanged();
      if (isSameTask) return;
      if (studio) {
        studio.free();
        joinedHost.changed(NO_OWN_DATA);
      }
      studio = opening = null;
      host = joinedHost;
      const { server, task } = joinedHost;
      // Where the code for either cannot be had, the person's next wish tries again.
      parts
        ?.hasKept(server, task)
        .then((hasKept) => (hasKept && host === joinedHost ? open() : null))
        .catch(() => {});
    },
  };
}
