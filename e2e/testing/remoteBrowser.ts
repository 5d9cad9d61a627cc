// What tests need of a browser that Playwright cannot drive: one page, opened and asked. Knows nothing of the product.

import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Readable } from 'node:stream';

export interface RemoteBrowser {
  /** Name and version. */
  readonly name: string;
  open(url: string): Promise<void>;
  /** The value of a JavaScript expression that JSON can hold. */
  evaluate<T>(expression: string): Promise<T>;
  /** Ends the browser and all that came with it. */
  close(): Promise<void>;
}

const START_MS = 60_000;

/** Path of the first of these programs that is there; '' where there is none. */
export function findProgram(...names: readonly string[]): string {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(existsSync) ?? '';
}

/** What a program says of itself at its start, by the first group of the pattern. Rejects where it ends or says nothing. */
export function said(child: ChildProcess, from: Readable, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const fail = (why: string): void => reject(new Error(`${child.spawnfile} ${why}: ${text.slice(-500)}`));
    const timer = setTimeout(() => fail('does not start'), START_MS);
    from.on('data', (part: Buffer) => {
      text += part.toString();
      const found = pattern.exec(text)?.[1];
      if (found === undefined) return;
      clearTimeout(timer);
      resolve(found);
    });
    child.on('exit', () => fail('ended'));
    child.on('error', ({ message }) => fail(message));
  });
}

/** Ends a program that was started with a process group of its own, and all that it started. */
export async function endGroup(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  process.kill(-child.pid, 'SIGKILL');
  await ended;
}
