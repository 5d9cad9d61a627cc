// Plain HTTP: what was handed in under /api and /metrics, a health check, and the built pages. Knows nothing of devices.

import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { createPages } from './pages.ts';
import { sendJson } from './httpAnswers.ts';

/** Answers one path; which methods it answers is its own business. */
export type Route = (request: IncomingMessage, response: ServerResponse, query: URLSearchParams) => void;

export interface HttpHandlerOptions {
  /** Folder of the built pages. */
  readonly pagesFolder: string;
  /** By path, such as `/api/status`. */
  readonly routes: Readonly<Record<string, Route>>;
}

export function createHttpHandler({ pagesFolder, routes }: HttpHandlerOptions): RequestListener {
  const answerPage = createPages(pagesFolder);

  return (request, response) => {
    const { path, query } = splitUrl(request.url ?? '/');
    const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
    if (route) return route(request, response, query);
    if (path === '/api/health') return sendJson(request, response, { ok: true });
    answerPage(request, response, path);
  };
}

function splitUrl(url: string): { path: string; query: URLSearchParams } {
  const mark = url.indexOf('?');
  if (mark < 0) return { path: url, query: new URLSearchParams() };
  return { path: url.slice(0, mark), query: new URLSearchParams(url.slice(mark + 1)) };
}
