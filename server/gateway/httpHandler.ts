// Plain HTTP: the status of the runs, a health check, and the built pages. Knows nothing of devices.

import { existsSync } from 'node:fs';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { join } from 'node:path';
import sirv from 'sirv';
import type { ServerStatus } from '../../shared/protocol/status.ts';

const MISSING_PAGES = 'The pages are not built. Run "npm run build", then start the server again.\n';
const HASHED_ASSET = /\/assets\//;

export interface HttpHandlerOptions {
  /** Folder of the built pages. */
  readonly pagesFolder: string;
  readonly status: () => ServerStatus;
}

export function createHttpHandler({ pagesFolder, status }: HttpHandlerOptions): RequestListener {
  const servePages = existsSync(join(pagesFolder, 'index.html'))
    ? sirv(pagesFolder, { etag: true, setHeaders: setPageHeaders })
    : null;

  return (request, response) => {
    const path = (request.url ?? '/').split('?')[0];
    if (path === '/api/status') return sendJson(request, response, status());
    if (path === '/api/health') return sendJson(request, response, { ok: true });
    if (servePages === null) return sendText(response, 503, MISSING_PAGES);
    servePages(request, response, () => sendText(response, 404, 'There is no such page.\n'));
  };
}

/** Assets have their content's hash in their name; pages are asked for anew each time. */
function setPageHeaders(response: ServerResponse, path: string): void {
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Referrer-Policy', 'no-referrer');
  const isAsset = HASHED_ASSET.test(path);
  response.setHeader('Cache-Control', isAsset ? 'public, max-age=31536000, immutable' : 'no-cache');
}

function sendJson(request: IncomingMessage, response: ServerResponse, body: unknown): void {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD');
    sendText(response, 405, 'Only GET is answered here.\n');
    return;
  }
  response.writeHead(200, { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store' });
  response.end(request.method === 'HEAD' ? undefined : JSON.stringify(body));
}

function sendText(response: ServerResponse, code: number, text: string): void {
  response.writeHead(code, { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' });
  response.end(text);
}
