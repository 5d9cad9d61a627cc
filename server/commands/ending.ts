// How the server's process ends: when it is told to, or when it cannot go on.

import pc from 'picocolors';
import type { RunningServer } from '../startServer.ts';
import { diskFaultOf } from '../store/diskFault.ts';

const INTERRUPTED = 130;
/** One Ctrl-C arrives several times: from the terminal and from each process above. */
const SAME_SIGNAL_MS = 1000;

export function endOnSignal(server: RunningServer): void {
  let endingSinceMs = Infinity;
  const end = async (): Promise<void> => {
    const sinceMs = performance.now() - endingSinceMs;
    if (sinceMs > SAME_SIGNAL_MS) process.exit(INTERRUPTED);
    if (sinceMs >= 0) return;
    endingSinceMs = performance.now();
    console.log('\nEnding: the last version is evaluated and kept. Ctrl-C again ends at once.');
    await server.close();
    process.exit(0);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => void end().catch(fail));
}

/** What the person can mend is told in one sentence; our own faults with their origin. */
export function fail(error: unknown): never {
  const fault = diskFaultOf(error);
  if (fault !== null) {
    const { path = '' } = error as NodeJS.ErrnoException;
    console.error(`${pc.red('The server cannot run:')} ${path}: ${fault.cause}; ${fault.remedy}`);
    process.exit(1);
  }
  const isOurs =
    !(error instanceof Error) || error instanceof TypeError || error.message.startsWith('internal');
  console.error(isOurs ? error : `${pc.red('The server cannot run:')} ${error.message}`);
  process.exit(1);
}
