// The wall around an HTTP server, sockets included: who may speak to it by which name, what each answer tells browsers to
// bar, how long a request may take to arrive, and that a fault costs the request that met it. Put up after everything listens.

import type { IncomingMessage, RequestListener, Server as HttpServer, ServerResponse } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { refuseMethod, sendText } from '../http/httpAnswers.ts';
import { containConnections } from './containment.ts';
import type { FaultLog } from './faultLog.ts';
import type { HostRules } from './hostRules.ts';
import { setSecurityHeaders } from './securityHeaders.ts';

/** What the socket library would answer otherwise, in its own way. */
const SOCKET_PATH = '/socket.io/';
const SOCKET_METHODS = ['GET', 'POST'];
const MOST_NAMES_TOLD = 10;

/** Milliseconds. A delta on a slow network has as long as a device waits for its answer. */
const HEADERS_MS = 15_000;
const REQUEST_MS = 60_000;
const CHECK_MS = 2_000;
/** Of silence on a connection: a long poll is answered within 25 s, a feed tells something every five. */
const SILENCE_MS = 120_000;

/** What a server is made with; the rest of its limits can be set later. */
export const SERVER_OPTIONS = {
  headersTimeout: HEADERS_MS,
  requestTimeout: REQUEST_MS,
  connectionsCheckingInterval: CHECK_MS,
  keepAliveTimeout: 10_000,
};

export interface GuardOptions {
  readonly hosts: HostRules;
  readonly faults: FaultLog;
  readonly maxConnections: number;
  /** No address holds more than half of them; not where all come by a proxy. */
  readonly sharesConnections: boolean;
  /** Told once of each name that was not allowed, of the first few. */
  readonly tell?: (text: string) => void;
}

type UpgradeListener = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

export function guardServer(server: HttpServer | HttpsServer, options: GuardOptions): void {
  const { hosts, faults, tell = console.error } = options;
  const answers = server.listeners('request') as RequestListener[];
  const upgrades = server.listeners('upgrade') as UpgradeListener[];
  server.removeAllListeners('request');
  server.removeAllListeners('upgrade');
  server.timeout = SILENCE_MS;
  server.maxConnections = options.maxConnections;
  if (options.sharesConnections) shareConnections(server, options.maxConnections);
  const told = new Set<string>();

  /** Null: it may go on. */
  function refusalOf({ headers: { host, origin } }: IncomingMessage): string | null {
    const isHost = hosts.allowsHost(host);
    if (isHost && hosts.allowsOrigin(origin, host)) return null;
    const name = JSON.stringify((isHost ? origin! : host!).slice(0, 100));
    const text = isHost
      ? `A page of ${name} may not ask this server. Start it with --allow-host and the name of that page's host if it may.`
      : `This server does not go by the name ${name}. Start it with --allow-host and that name if it does.`;
    if (told.size < MOST_NAMES_TOLD && !told.has(text)) {
      told.add(text);
      tell(text);
    }
    return text;
  }

  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    response.on('finish', () => {
      // What was answered before it had arrived will not be read.
      if (!request.complete) request.socket.destroySoon();
    });
    try {
      setSecurityHeaders(response);
      const refusal = refusalOf(request);
      if (refusal !== null) return sendText(response, 403, `${refusal}\n`);
      allowReading(request, response);
      if (request.url!.startsWith(SOCKET_PATH) && !SOCKET_METHODS.includes(request.method!))
        return refuseMethod(response, SOCKET_METHODS);
      for (const answer of answers) answer.call(server as HttpServer, request, response as never);
    } catch (error) {
      faults.report(`${request.method} ${request.url}`, error);
      failed(response);
    }
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    // Until it is somebody's.
    socket.on('error', () => socket.destroy());
    try {
      const refusal = refusalOf(request);
      if (refusal !== null) return refuseUpgrade(socket, refusal);
      for (const upgrade of upgrades) upgrade.call(server, request, socket, head);
    } catch (error) {
      faults.report(`an upgrade of ${request.url}`, error);
      socket.destroy();
    }
  });
  containConnections(server);
}

/** A class behind one address is far from that; a stranger who takes all he can leaves half to the others. */
function shareConnections(server: HttpServer | HttpsServer, maxConnections: number): void {
  const counts = new Map<string, number>();
  server.prependListener('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? '';
    const count = (counts.get(address) ?? 0) + 1;
    counts.set(address, count);
    socket.on('close', () => {
      const left = counts.get(address)! - 1;
      if (left > 0) counts.set(address, left);
      else counts.delete(address);
    });
    if (count > maxConnections / 2) socket.destroy();
  });
}

/** Pages of another origin that were allowed may read the answer; `Vary`, or a cache would give it to others. */
function allowReading({ headers: { origin } }: IncomingMessage, response: ServerResponse): void {
  response.setHeader('Vary', 'Origin');
  if (origin !== undefined) response.setHeader('Access-Control-Allow-Origin', origin);
}

function refuseUpgrade(socket: Duplex, text: string): void {
  const head = 'HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Type: text/plain\r\n';
  socket.end(`${head}Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
}

/** Says so if nothing has been said yet; else what was begun is cut off. */
export function failed(response: ServerResponse): void {
  if (response.headersSent) return void response.destroy();
  for (const header of ['ETag', 'Cache-Control', 'Content-Encoding']) response.removeHeader(header);
  sendText(response, 500, 'internal: this request has met a fault of the server.\n');
}
