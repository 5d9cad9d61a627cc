// A server process under attack: the tiny task, whose model has 16 parameters.

import { execFileSync, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { programArguments } from '../scripts/programs.mjs';
import type { TinyProcessOptions } from '../server/testing/tinyServerProcess.ts';
import type { RunStatus, ServerStatus } from '../shared/contract/status.ts';

export const SERVER_FILE = fileURLToPath(new URL('../server/testing/tinyServerProcess.ts', import.meta.url));
const NUM_LOG_CHARACTERS = 100_000;

export interface Target {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly isAlive: boolean;
  /** The end of what it wrote to its standard error. */
  readonly log: string;
  /** Its only run, by `/api/status`. */
  status(): Promise<RunStatus>;
  /** What it holds of the machine's memory. */
  residentBytes(): number;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** Resolves with its exit code when it ends by itself or was ended; null after a signal. */
  readonly exited: Promise<number | null>;
}

/** Resolves when it listens; rejects with the end of its log when it does not come to that. */
export function startTarget(runsDir: string, port: number, options: TinyProcessOptions): Promise<Target> {
  const args = [...programArguments(SERVER_FILE), runsDir, String(port), JSON.stringify(options)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  child.stderr.on('data', (text: Buffer) => {
    log = (log + text.toString()).slice(-NUM_LOG_CHARACTERS);
  });
  const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  const isAlive = (): boolean => child.exitCode === null && child.signalCode === null;
  return new Promise((resolve, reject) => {
    void exited.then((code) => reject(new Error(`the server ended with ${code}: ${log}`)));
    child.stdout.once('data', (text: Buffer) => {
      const url = `http://127.0.0.1:${Number(text)}`;
      resolve({
        url,
        port: Number(text),
        pid: child.pid!,
        exited,
        get isAlive() {
          return isAlive();
        },
        get log() {
          return log;
        },
        async status() {
          const answer = await fetch(`${url}/api/status`);
          return ((await answer.json()) as ServerStatus).runs[0]!;
        },
        residentBytes: () =>
          1024 * Number(execFileSync('ps', ['-o', 'rss=', '-p', String(child.pid)], { encoding: 'utf8' })),
        async kill() {
          if (isAlive()) child.kill('SIGKILL');
          await exited;
        },
      });
    });
  });
}
