// Plain HTTP: what was handed in under /api and /metrics, a health check, and the built pages. Knows nothing of devices.

import { existsSync } from 'node:fs';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { join } from 'node:path';
import sirv from 'sirv';
import { sendJson, sendText } from './httpAnswers.ts';

const MISSING_PAGES = 'The pages are not built. Run "npm run build", then start the server again.\n';
const HASHED_ASSET = /\/assets\//;

/** Answers one path; which methods it answers is its own business. */
export type Route = (request: IncomingMessage, response: ServerResponse, query: URLSearchParams) => void;

export interface HttpHandlerOptions {
  /** Folder of the built pages. */
  readonly pagesFolder: string;
  /** By path, such as `/api/status`. */
  readonly routes: Readonly<Record<string, Route>>;
}

export function createHttpHandler({ pagesFolder, routes }: HttpHandlerOptions): RequestListener {
  const servePages = existsSync(join(pagesFolder, 'index.html'))
    ? // `dev` looks into the folder at each request: pages may be built anew under a server that is up.
      sirv(pagesFolder, { dev: true, etag: true, gzip: true, setHeaders: setPageHeaders })
    : null;

  return (request, response) => {
    const { path, query } = splitUrl(request.url ?? '/');
    const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
    if (route) return route(request, response, query);
    if (path === '/api/health') return sendJson(request, response, { ok: true });
    if (servePages === null) return sendText(response, 503, MISSING_PAGES);
    servePages(request, response, () => sendText(response, 404, 'There is no such page.\n'));
  };
}

function splitUrl(url: string): { path: string; query: URLSearchParams } {
  const mark = url.indexOf('?');
  if (mark < 0) return { path: url, query: new URLSearchParams() };
  return { path: url.slice(0, mark), query: new URLSearchParams(url.slice(mark + 1)) };
}

/** Assets have their content's hash in their name; pages are asked for anew each time. */
function setPageHeaders(response: ServerResponse, path: string): void {
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Referrer-Policy', 'no-referrer');
  const isAsset = HASHED_ASSET.test(path);
  response.setHeader('Cache-Control', isAsset ? 'public, max-age=31536000, immutable' : 'no-cache');
}
