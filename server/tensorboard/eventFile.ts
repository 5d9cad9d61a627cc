// A folder of event files that TensorBoard reads: scalars by step and by time. Lines of the run are kept elsewhere: what is here
// may be lost with the machine, and nothing is read back.

import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { scalarEvent, versionEvent } from './eventMessage.ts';
import { frameRecord } from './recordFraming.ts';

export interface EventFile {
  /** What is not finite, or below 0 where that says "none yet", is for the caller to leave out. */
  add(wallSeconds: number, step: number, scalars: Readonly<Record<string, number>>): void;
  close(): void;
}

/** Begins a new file in the folder, which may hold others of the same run. `wallSeconds`: since 1970, of its beginning. Throws what the disk says. */
export function openEventFile(folder: string, wallSeconds: number): EventFile {
  mkdirSync(folder, { recursive: true });
  const name = `events.out.tfevents.${Math.floor(wallSeconds)}.minnow.${process.pid}.${numOpened++}`;
  const file = openSync(join(folder, name), 'wx');
  writeSync(file, frameRecord(versionEvent(wallSeconds)));
  return {
    add: (atSeconds, step, scalars) => {
      if (Object.keys(scalars).length > 0)
        writeSync(file, frameRecord(scalarEvent(atSeconds, step, scalars)));
    },
    close: () => closeSync(file),
  };
}

/** Files of one second differ by it. */
let numOpened = 0;
