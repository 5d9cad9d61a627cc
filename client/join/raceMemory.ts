// What this browser remembers of which backend was faster, by plan. localStorage: the hardware is every tab's.

const KEY = 'minnow:backends';
const MOST = 24;

/** Winners by the race's key; empty where storage is barred. */
export function readRaceResults(): Readonly<Record<string, string>> {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? '{}');
    if (typeof kept !== 'object' || kept === null) return {};
    return Object.fromEntries(Object.entries(kept).filter(([, winner]) => typeof winner === 'string'));
  } catch {
    return {};
  }
}

/** Keeps the newest few. */
export function writeRaceResult(key: string, winner: string): void {
  const { [key]: _, ...others } = readRaceResults();
  try {
    const entries = [...Object.entries(others), [key, winner]].slice(-MOST);
    localStorage.setItem(KEY, JSON.stringify(Object.fromEntries(entries)));
  } catch {
    // Storage is full or barred: the next visit measures again.
  }
}
