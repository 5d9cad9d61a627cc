// The device's side of own samples in the first load of the page: opens the desk (and fetches its code) when the person
// first asks for it, or when the browser has kept samples for the task.

import type { TaskInfo } from '../../../shared/contract/messages.ts';
import { NO_OWN_DATA } from './noOwnData.ts';
import type { OwnDesk, OwnHost } from './ownHost.ts';

const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 60_000;

export interface OwnParts {
  /** Whether an earlier visit has kept samples for this task; told once something has been trained. */
  readonly hasKept: (server: string, task: TaskInfo) => Promise<boolean>;
  /** Rejects where its code cannot be had; not asked again and again then. */
  readonly openDesk: (host: OwnHost) => Promise<OwnDesk>;
}

export interface OwnLink {
  /** Null before it is opened. */
  readonly desk: OwnDesk | null;
  /** Rejects before the task is known. */
  open(): Promise<OwnDesk>;
  /** Joined: samples of another task are put away, and the personal model is of its run alone. */
  joined(run: string, host: OwnHost): void;
}

export function createOwnLink(parts: OwnParts | undefined): OwnLink {
  let host: OwnHost | null = null;
  let lastRun = '';
  let desk: OwnDesk | null = null;
  let opening: Promise<OwnDesk> | null = null;
  /** After a failure nothing is tried before this time, by the host's clock; twice as long each time. */
  let notBeforeMs = -Infinity;
  let delayMs = FIRST_DELAY_MS;
  let lastError: unknown;

  function open(): Promise<OwnDesk> {
    if (!parts || !host) return Promise.reject(new Error('This device has not joined yet.'));
    const mine = host;
    if (!opening && mine.clock.now() < notBeforeMs) return Promise.reject(lastError);
    opening ??= parts.openDesk(mine).then(
      (opened) => {
        delayMs = FIRST_DELAY_MS;
        if (mine === host) desk = opened;
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
    get desk() {
      return desk;
    },
    open,
    joined(run, joinedHost) {
      const [isSameTask, isSameRun] = [
        JSON.stringify(host?.task) === JSON.stringify(joinedHost.task),
        lastRun === run,
      ];
      lastRun = run;
      if (isSameTask && !isSameRun) desk?.runChanged();
      if (isSameTask) return;
      if (desk) {
        desk.free();
        joinedHost.changed(NO_OWN_DATA);
      }
      desk = opening = null;
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
