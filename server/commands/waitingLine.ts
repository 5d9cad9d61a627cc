// What a run waits for, said in the terminal once it has waited a while; and that it goes on. Only looks.

import type { Waiting } from '../../shared/contract/waiting.ts';
import { waitingInWords } from '../../shared/contract/waitingInWords.ts';

const LOOK_EVERY_MS = 1_000;
/** What passes sooner is no news; and while figures change, they are said as seldom. */
const SAY_AFTER_MS = 5_000;

/** Of the ways to wait those that somebody may want to end. The search has its own line (searchLine.ts). */
const IS_SAID: Readonly<Record<Waiting['kind'], boolean>> = {
  paused: true,
  anyone: true,
  devices: true,
  ready: true,
  answers: true,
  sleepers: true,
  divergence: true,
  slots: false,
  updates: false,
  search: false,
};

interface Terminal {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** Says it from now on, for the run that `waiting` tells of; the timer keeps no process alive. */
export function showWaiting(
  waiting: () => Waiting | null,
  terminal: Terminal = process.stdout,
  now: () => number = () => performance.now(),
): NodeJS.Timeout {
  let kind: Waiting['kind'] | null = null;
  let sinceMs = now();
  let said = '';

  function say(text: string): void {
    // A line that is kept up to date (searchLine.ts) may be under way.
    terminal.write(`${terminal.isTTY ? '\r\u001B[K' : ''}${text}\n`);
    sinceMs = now();
  }
  return setInterval(() => {
    const found = waiting();
    const next = found && IS_SAID[found.kind] ? found : null;
    const nextKind = next?.kind ?? null;
    if (nextKind !== kind) {
      kind = nextKind;
      sinceMs = now();
    }
    if (now() - sinceMs < SAY_AFTER_MS) return;
    const text = next ? `${waitingInWords(next)}.` : '';
    if (text === said) return;
    say(text || 'The run goes on.');
    said = text;
  }, LOOK_EVERY_MS).unref();
}
