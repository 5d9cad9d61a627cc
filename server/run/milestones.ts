// Who waits for something of a run: told when it has come, or that it will not come any more. Knows nothing of runs.

export interface Milestones {
  /** `probe` gives what is waited for, or null as long as it has not come; `what` names it where it never comes. */
  wait<T>(probe: () => T | null, what: string): Promise<T>;
  /** To be called when something may have come. */
  check(): void;
  /** Nothing comes any more. */
  close(): void;
}

interface Watcher {
  /** True when it was waiting for this and has been told. */
  readonly check: () => boolean;
  readonly fail: (error: Error) => void;
}

export function createMilestones(runId: string): Milestones {
  let watchers: Watcher[] = [];
  let isClosed = false;

  function check(): void {
    watchers = watchers.filter((watcher) => !watcher.check());
  }

  return {
    check,
    wait: (probe, what) =>
      new Promise((resolve, reject) => {
        const watcher: Watcher = {
          check() {
            const found = probe();
            if (found !== null) resolve(found);
            return found !== null;
          },
          fail: reject,
        };
        if (watcher.check()) return;
        if (isClosed) reject(new Error(`run "${runId}" ended before it reached ${what}`));
        else watchers.push(watcher);
      }),
    close() {
      check();
      isClosed = true;
      for (const { fail } of watchers)
        fail(new Error(`run "${runId}" ended before it reached what was waited for`));
      watchers = [];
    },
  };
}
