// Runs that take the place of others while devices go on. Old runs are closed while the new ones are at work.

import type { LineUp } from './lineUp.ts';
import type { LiveRun } from './liveRun.ts';
import { newRunId } from './newRunId.ts';
import { nextRuns, type NextRuns } from './nextRuns.ts';
import type { OpenRuns } from './openRuns.ts';

export interface Succession {
  /** Opens runs in the place of this one and of those side by side with it. Rejects with what stands in the way. */
  readonly begin: (run: LiveRun, wanted: NextRuns) => Promise<void>;
  /** Resolves when all that are no more are closed. */
  readonly settled: () => Promise<unknown>;
}

export interface SuccessionOptions {
  readonly lineUp: LineUp<LiveRun>;
  readonly runsDir: string;
  readonly open: OpenRuns;
  /** Told each new run, before it takes its place. */
  readonly onOpened: (run: LiveRun) => void;
  /** Told each run that is no more, after its devices. */
  readonly onReplaced: (run: LiveRun) => void;
}

export function createSuccession(options: SuccessionOptions): Succession {
  const { lineUp, runsDir, open, onOpened, onReplaced } = options;
  const closing = new Set<Promise<void>>();
  let isBeginning = false;

  async function begin(run: LiveRun, wanted: NextRuns): Promise<void> {
    const group = lineUp.groupOf(run).map(({ config }) => config);
    const taken = new Set<string>();
    const idFor = (task: string, strategy: string): string => {
      const id = newRunId(runsDir, task, strategy, taken);
      taken.add(id);
      return id;
    };
    const configs = nextRuns(group, wanted, idFor);
    const next = await open(configs, configs.length > 1);
    for (const each of next) onOpened(each);
    for (const old of lineUp.replace(run, next)) {
      old.end('moved');
      onReplaced(old);
      const closed: Promise<void> = old.close().finally(() => closing.delete(closed));
      closing.add(closed);
    }
  }

  return {
    async begin(run, wanted) {
      if (isBeginning) throw new Error('another run is being opened already');
      isBeginning = true;
      try {
        await begin(run, wanted);
      } finally {
        isBeginning = false;
      }
    },
    settled: () => Promise.all(closing),
  };
}
