// Code that is fetched when it is wanted: what becomes of it where it cannot be had. A server that answers and has it no more
// is newer than this page, which is said; nobody but the person loads the page anew. Knows nothing of what the code does.

const FIRST_MS = 1_000;
const LONGEST_MS = 60_000;

/** Whether `import()` has failed for want of the code (each browser says so in its own words). */
export function isMissingCode(error: unknown): boolean {
  return error instanceof TypeError && /import/i.test(error.message);
}

/** Whether the server that this code came from answers. Never rejects. */
export async function isServerThere(): Promise<boolean> {
  try {
    return (await fetch(import.meta.url, { method: 'HEAD', cache: 'no-store' })).status < 500;
  } catch {
    return false;
  }
}

/**
 * The function that has `load` run once it is wanted, and again where that fails: twice as long after each time. `older` is
 * told when it has failed more than once although the server is there, and when that is over.
 */
export function createLaterCode(
  load: () => Promise<void>,
  older: (isOlder: boolean) => void,
): () => Promise<void> {
  let isWanted = false;
  let isHad = false;
  let delayMs = FIRST_MS;
  async function attempt(): Promise<void> {
    try {
      await load();
      isHad = true;
      older(false);
    } catch (error) {
      console.warn(error);
      setTimeout(() => void attempt(), delayMs);
      // A server that was begun anew in between is no newer one.
      const isSecond = delayMs > FIRST_MS;
      delayMs = Math.min(LONGEST_MS, 2 * delayMs);
      const isOlder = isSecond && (await isServerThere());
      if (isSecond && !isHad) older(isOlder);
    }
  }
  return async () => {
    if (isWanted) return;
    isWanted = true;
    await attempt();
  };
}
