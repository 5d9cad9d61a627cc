// After somebody has left, what names all devices is written soon, once for all who do meanwhile.

import type { Machine } from './machine.ts';

const EVERY_MS = 1000;

export interface Departures {
  readonly note: () => void;
  /** Nothing is written any more. */
  readonly close: () => void;
}

export function createDepartures(
  machine: Machine,
  write: () => void,
  onFailure: (error: Error) => void,
): Departures {
  let callOff: (() => void) | null = null;
  let isClosed = false;

  function writeNow(): void {
    callOff = null;
    if (isClosed) return;
    try {
      write();
    } catch (error) {
      onFailure(error as Error);
    }
  }

  return {
    note: () => void (callOff ??= machine.after(EVERY_MS, writeNow)),
    close() {
      isClosed = true;
      callOff?.();
    },
  };
}
