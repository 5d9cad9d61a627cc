// What a tab remembers of a run across a reload: the session's token, and what the person chose.
// sessionStorage belongs to the tab, so two tabs are two devices; where it is barred, a reload simply joins anew.

export interface Remembered {
  readonly token: string;
  /** 0: the person chose none. */
  readonly budgetBytes: number;
  readonly isPaused: boolean;
  /** With a low battery or data saver, too. */
  readonly goesOnAnyway: boolean;
  /** To train for this server, which is not the page's own. */
  readonly hasAgreed: boolean;
}

export interface TabMemory {
  read(): Remembered;
  write(change: Partial<Remembered>): void;
}

const NOTHING: Remembered = {
  token: '',
  budgetBytes: 0,
  isPaused: false,
  goesOnAnyway: false,
  hasAgreed: false,
};

/** Memory of the run `run` at `server`. */
export function openTabMemory(server: string, run: string): TabMemory {
  const key = `minnow:${server}:${run}`;
  function read(): Remembered {
    try {
      const kept = JSON.parse(sessionStorage.getItem(key) ?? '{}') as Partial<Remembered>;
      return {
        token: typeof kept.token === 'string' ? kept.token : '',
        budgetBytes: typeof kept.budgetBytes === 'number' ? kept.budgetBytes : 0,
        isPaused: kept.isPaused === true,
        goesOnAnyway: kept.goesOnAnyway === true,
        hasAgreed: kept.hasAgreed === true,
      };
    } catch {
      return NOTHING;
    }
  }
  return {
    read,
    write(change) {
      try {
        sessionStorage.setItem(key, JSON.stringify({ ...read(), ...change }));
      } catch {
        // Storage may be full or barred: the run goes on, only a reload will not resume.
      }
    },
  };
}
