// The few forms in which HTTP requests are answered. Knows nothing of what is asked.

import type { IncomingMessage, ServerResponse } from 'node:http';

export const JSON_TYPE = 'application/json; charset=utf-8';

/** Answers GET and HEAD with JSON, and refuses the rest. */
export function sendJson(request: IncomingMessage, response: ServerResponse, body: unknown): void {
  if (!isRead(request, response)) return;
  response.writeHead(200, { 'Content-Type': JSON_TYPE, 'Cache-Control': 'no-store' });
  response.end(request.method === 'HEAD' ? undefined : JSON.stringify(body));
}

export function sendText(response: ServerResponse, code: number, text: string): void {
  response.writeHead(code, { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' });
  response.end(text);
}

/** True for GET and HEAD; anything else has been refused. */
export function isRead(request: IncomingMessage, response: ServerResponse): boolean {
  if (request.method === 'GET' || request.method === 'HEAD') return true;
  refuseMethod(response, ['GET', 'HEAD']);
  return false;
}

export function refuseMethod(response: ServerResponse, allowed: readonly string[]): void {
  response.setHeader('Allow', allowed.join(', '));
  sendText(response, 405, `Only ${allowed.join(' and ')} will do here.\n`);
}
