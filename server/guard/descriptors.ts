// How many connections a server may hold so that it keeps file descriptors for itself: journal, checkpoints, threads.

import { readFileSync } from 'node:fs';

const MOST_CONNECTIONS = 20_000;
const MOST_RESERVED = 256;
/** Where the system does not tell: the least that is usual. */
const USUAL_LIMIT = 1024;

export function numConnectionsFor(limit = descriptorLimit()): number {
  return Math.min(MOST_CONNECTIONS, limit - Math.min(MOST_RESERVED, Math.ceil(limit / 2)));
}

function descriptorLimit(): number {
  try {
    const found = /^Max open files\s+(\d+|unlimited)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
    return found === 'unlimited' ? Infinity : Number(found ?? USUAL_LIMIT);
  } catch {
    // No Linux.
    return USUAL_LIMIT;
  }
}
