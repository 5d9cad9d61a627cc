// The built pages, out of memory: a file is read once, and again when it was built anew. No request opens a stream, so none
// can end in an error that nobody handles, or keep a descriptor.

import { readFileSync, statSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join } from 'node:path';
import { lookup } from 'mrmime';
import { isRead, sendText } from './httpAnswers.ts';
import { ASSET_POLICY, PAGE_HEADERS } from '../guard/securityHeaders.ts';

const MISSING_PAGES = 'The pages are not built. Run "npm run build", then start the server again.\n';
/** No segment begins with a dot. */
const NAME = /^(?:[\w-][\w.-]*\/)*[\w-][\w.-]*$/;

interface KeptFile {
  readonly etag: string;
  readonly body: Buffer;
}

export type AnswerPage = (request: IncomingMessage, response: ServerResponse, path: string) => void;

/** `folder`: of the built pages; what is built into it later counts as well. `x.gz` is `x` for whoever takes it compressed. */
export function createPages(folder: string): AnswerPage {
  const kept = new Map<string, KeptFile>();

  /** Null where there is none. */
  function fileOf(name: string): KeptFile | null {
    const path = join(folder, name);
    const found = statSync(path, { throwIfNoEntry: false });
    if (!found?.isFile()) {
      kept.delete(name);
      return null;
    }
    const etag = `W/"${found.size}-${Math.floor(found.mtimeMs)}"`;
    const before = kept.get(name);
    if (before?.etag === etag) return before;
    const file = { etag, body: readFileSync(path) };
    kept.set(name, file);
    return file;
  }

  function nameOf(path: string): string | undefined {
    const name = path === '/' ? 'index.html' : path.slice(1);
    return NAME.test(name) ? [name, `${name}.html`].find((each) => fileOf(each) !== null) : undefined;
  }

  return (request, response, path) => {
    if (!isRead(request, response)) return;
    const name = nameOf(path);
    if (name === undefined) {
      if (fileOf('index.html') === null) return sendText(response, 503, MISSING_PAGES);
      return sendText(response, 404, 'There is no such page.\n');
    }
    const packed = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '') ? fileOf(`${name}.gz`) : null;
    const { etag, body } = packed ?? fileOf(name)!;
    for (const [header, value] of Object.entries(headersOf(name))) response.setHeader(header, value);
    response.setHeader('Vary', 'Accept-Encoding');
    response.setHeader('ETag', etag);
    if (request.headers['if-none-match'] === etag) return void response.writeHead(304).end();
    if (packed) response.setHeader('Content-Encoding', 'gzip');
    response.writeHead(200, { 'Content-Length': body.length });
    response.end(request.method === 'HEAD' ? undefined : body);
  };
}

/** Assets have their content's hash in their name; all else is asked for anew each time. */
function headersOf(name: string): Readonly<Record<string, string>> {
  const isAsset = name.startsWith('assets/');
  return {
    'Content-Type': typeOf(name),
    'Cache-Control': isAsset ? 'public, max-age=31536000, immutable' : 'no-cache',
    ...(name.endsWith('.html') && PAGE_HEADERS),
    ...(name.endsWith('.js') && { 'Content-Security-Policy': ASSET_POLICY }),
  };
}

function typeOf(name: string): string {
  const type = lookup(extname(name)) ?? 'application/octet-stream';
  return /^text\/|javascript|json|svg/.test(type) ? `${type}; charset=utf-8` : type;
}
