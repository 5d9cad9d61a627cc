// The device's side of own samples in the first load of the page: opens the desk (and fetches its code) when the person
// first asks for it, or when the browser has kept samples for the task.

import type { TaskInfo } from '../../../shared/protocol/messages.ts';
import { NO_OWN_DATA } from './noOwnData.ts';
import type { OwnDesk, OwnHost } from './ownHost.ts';

export interface OwnParts {
  /** Whether an earlier visit has kept samples for this task. Never rejects. */
  readonly hasKept: (server: string, task: TaskInfo) => Promise<boolean>;
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

  function open(): Promise<OwnDesk> {
    if (!parts || !host) return Promise.reject(new Error('This device has not joined yet.'));
    const mine = host;
    opening ??= parts.openDesk(mine).then(
      (opened) => {
        if (mine === host) desk = opened;
        return opened;
      },
      (error) => {
        opening = null;
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
      void parts?.hasKept(server, task).then((hasKept) => {
        // Where its code cannot be had, the person's next wish tries again.
        if (hasKept && host === joinedHost) open().catch(() => {});
      });
    },
  };
}
