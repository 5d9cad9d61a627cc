// Where one attack takes place: a folder of its own, and servers in processes of their own on 127.0.0.1.

import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TinyProcessOptions } from '../server/testing/tinyServerProcess.ts';
import { startTarget, type Target } from './target.ts';

export interface Ground {
  readonly runsDir: string;
  /** Folder of the one run that targets serve. */
  readonly runFolder: string;
  /** Starts a server, on `port` where one is given; at most one at a time on one folder. */
  start(options?: TinyProcessOptions, port?: number): Promise<Target>;
  /** Bytes of all files of the run. */
  runBytes(): number;
  /** Ends what was started and removes the folder. */
  close(): Promise<void>;
}

export function createGround(): Ground {
  const runsDir = mkdtempSync(join(tmpdir(), 'minnow-attack-'));
  const runFolder = join(runsDir, 'killed');
  const targets: Target[] = [];
  return {
    runsDir,
    runFolder,
    async start(options = {}, port = 0) {
      const target = await startTarget(runsDir, port, options);
      targets.push(target);
      return target;
    },
    runBytes: () =>
      readdirSync(runFolder, { recursive: true, encoding: 'utf8' })
        .map((name) => statSync(join(runFolder, name)))
        .reduce((sum, file) => sum + (file.isFile() ? file.size : 0), 0),
    async close() {
      for (const target of targets) await target.kill();
      rmSync(runsDir, { recursive: true, force: true });
    },
  };
}
