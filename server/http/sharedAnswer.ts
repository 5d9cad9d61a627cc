// An answer that is the same for all who ask, made at most once a second where it is large: asking is cheap, making it is not.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { isRead } from './httpAnswers.ts';

const KEPT_MS = 1000;
/** A smaller one is made anew each time, so that who waits for something sees it at once. */
const LARGE_BYTES = 16 * 1024;

/** All who ask get the same bytes, which are not copied for each of them. */
export function createSharedAnswer(
  contentType: string,
  make: () => string,
  now: () => number = () => performance.now(),
): (request: IncomingMessage, response: ServerResponse) => void {
  let body = Buffer.alloc(0);
  let madeAtMs = Number.NEGATIVE_INFINITY;
  return (request, response) => {
    if (!isRead(request, response)) return;
    if (body.length < LARGE_BYTES || now() - madeAtMs >= KEPT_MS) {
      body = Buffer.from(make());
      madeAtMs = now();
    }
    response.writeHead(200, {
      'Content-Type': contentType,
      'Content-Length': body.length,
      'Cache-Control': 'no-store',
    });
    response.end(request.method === 'HEAD' ? undefined : body);
  };
}
