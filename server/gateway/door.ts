// What connections may cost before they have joined, and what they may leave half-sent or untaken afterwards: bytes, time and
// number are bounded. Knows engine.io's connections and nothing of devices' messages.
//
// - before it has joined a connection sends little at once, and joins within a time
// - of too many that have not joined, the longest waiting ones of the address with most of them go
// - an attachment that was announced comes within a time (a message in parts is ended by the transport's pings)
// - what was sent and not taken is counted, so that who asks for more can be refused

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket as NetSocket } from 'node:net';
import type { Server } from 'socket.io';
import type { RefusalCode } from '../../shared/contract/messages.ts';

export interface DoorLimits {
  /** A connection that has not joined by then is closed. */
  readonly joinWithinMs: number;
  /** Bytes of one message, or of a part of one, before it has joined. */
  readonly mostBytesAtOnce: number;
  /** Connections that have not joined. */
  readonly mostWaiting: number;
  /** From an announcement to the end of its attachment. */
  readonly attachmentWithinMs: number;
}

export const USUAL_DOOR_LIMITS: DoorLimits = {
  joinWithinMs: 30_000,
  mostBytesAtOnce: 16 * 1024,
  mostWaiting: 4096,
  attachmentWithinMs: 60_000,
};
const SWEEP_EVERY_MS = 1000;
const BINARY_PACKET = /^[56]/;
const GONE = 410;
const TOO_LARGE = 413;

/** As much of an engine.io connection as is needed here. */
interface EngineConnection {
  readonly id: string;
  readonly request: IncomingMessage & { readonly websocket?: unknown };
  on(event: 'packet', listener: (packet: { readonly type: string; readonly data?: unknown }) => void): void;
  on(event: 'packetCreate', listener: (packet: { readonly data?: unknown }) => void): void;
  on(event: 'drain' | 'close', listener: () => void): void;
  close(discard: boolean): void;
}

/** Connections are engine.io's (`Socket.conn`). */
export interface Door {
  /** The connection's device has joined. */
  letIn(connection: object): void;
  /** Its session is over, and it may join again. */
  letOut(connection: object): void;
  /** What waits for the connection to take it. */
  untakenBytes(connection: object): number;
  close(): void;
}

interface Visitor {
  readonly connection: EngineConnection;
  readonly address: string;
  /** Of WebSockets: to be cut where a goodbye would be waited for. */
  socket: NetSocket | null;
  isIn: boolean;
  /** Since it opened, or its session was over. */
  waitsSinceMs: number;
  /** Since its last whole message. */
  numBytes: number;
  /** When an attachment was announced that has not come; null: none was. */
  announcedAtMs: number | null;
  untakenBytes: number;
  isTurnedAway: boolean;
}

/** `turnedAway` is told why a connection is closed, before it is. */
export function watchDoor(
  io: Server,
  limits: DoorLimits,
  addressOf: (request: IncomingMessage) => string,
  turnedAway: (connection: object, code: RefusalCode) => void,
): Door {
  const visitors = new Map<object, Visitor>();
  const bySession = new Map<string, Visitor>();
  /** Not in; of each address those that wait longest first. */
  const waiting = new Map<string, Set<Visitor>>();
  let numWaiting = 0;

  function wait(visitor: Visitor): void {
    visitor.isIn = false;
    visitor.waitsSinceMs = performance.now();
    const beside = waiting.get(visitor.address) ?? new Set();
    waiting.set(visitor.address, beside.add(visitor));
    numWaiting++;
    if (numWaiting > limits.mostWaiting) turnAway(longestOfMost(waiting), 'flood');
  }

  function waitNoMore(visitor: Visitor): void {
    const beside = waiting.get(visitor.address);
    if (!beside?.delete(visitor)) return;
    if (beside.size === 0) waiting.delete(visitor.address);
    numWaiting--;
  }

  function turnAway(visitor: Visitor, code: RefusalCode): void {
    if (visitor.isTurnedAway) return;
    visitor.isTurnedAway = true;
    waitNoMore(visitor);
    turnedAway(visitor.connection, code);
    visitor.connection.close(true);
    visitor.socket?.destroy();
  }

  /** Counts what comes over a WebSocket until its connection has joined. */
  function countBytes(visitor: Visitor, socket: NetSocket): void {
    visitor.socket = socket;
    // First of its listeners: a message that ends in this part sets the count back after it.
    socket.prependListener('data', (part: Buffer) => {
      if (visitor.isIn) return;
      visitor.numBytes += part.length;
      if (visitor.numBytes > limits.mostBytesAtOnce) turnAway(visitor, 'oversized');
    });
  }

  function notePacket(
    visitor: Visitor,
    { type, data }: { readonly type: string; readonly data?: unknown },
  ): void {
    visitor.numBytes = 0;
    if (type !== 'message') return;
    const isAnnounced = typeof data === 'string' && BINARY_PACKET.test(data);
    visitor.announcedAtMs = isAnnounced ? performance.now() : null;
  }

  io.engine.on('connection', (connection: EngineConnection) => {
    const { request } = connection;
    const visitor: Visitor = {
      connection,
      address: addressOf(request),
      socket: null,
      isIn: false,
      waitsSinceMs: 0,
      numBytes: 0,
      announcedAtMs: null,
      untakenBytes: 0,
      isTurnedAway: false,
    };
    visitors.set(connection, visitor);
    bySession.set(connection.id, visitor);
    if (request.websocket) countBytes(visitor, request.socket);
    connection.on('packet', (packet) => notePacket(visitor, packet));
    connection.on('packetCreate', ({ data }) => (visitor.untakenBytes += sizeOf(data)));
    // Emitted when the transport has taken them all.
    connection.on('drain', () => (visitor.untakenBytes = 0));
    connection.on('close', () => {
      visitors.delete(connection);
      bySession.delete(connection.id);
      waitNoMore(visitor);
    });
    wait(visitor);
  });

  io.engine.use((request: IncomingMessage, response: ServerResponse, next: () => void) => {
    const visitor = bySession.get(new URLSearchParams(request.url?.split('?')[1]).get('sid') ?? '');
    if (!visitor) return next();
    if (request.headers.upgrade !== undefined) {
      countBytes(visitor, request.socket);
      return next();
    }
    if (visitor.isTurnedAway) return refuse(response, GONE);
    if (request.method === 'POST' && !visitor.isIn) {
      const tooLong = (): void => {
        refuse(response, TOO_LARGE);
        turnAway(visitor, 'oversized');
      };
      if (Number(request.headers['content-length'] ?? 0) > limits.mostBytesAtOnce) return tooLong();
      let numBytes = 0;
      request.on('data', (part: string | Buffer) => {
        numBytes += part.length;
        if (numBytes > limits.mostBytesAtOnce && !response.headersSent) tooLong();
      });
    }
    next();
  });

  const sweep = setInterval(() => {
    const nowMs = performance.now();
    for (const visitor of visitors.values()) {
      if (visitor.isTurnedAway) continue;
      const { isIn, waitsSinceMs, announcedAtMs } = visitor;
      if (!isIn && nowMs - waitsSinceMs > limits.joinWithinMs) turnAway(visitor, 'outOfOrder');
      else if (announcedAtMs !== null && nowMs - announcedAtMs > limits.attachmentWithinMs)
        turnAway(visitor, 'malformed');
    }
  }, SWEEP_EVERY_MS);
  sweep.unref();

  return {
    letIn(connection) {
      const visitor = visitors.get(connection);
      if (!visitor) return;
      visitor.isIn = true;
      waitNoMore(visitor);
    },
    letOut(connection) {
      const visitor = visitors.get(connection);
      if (visitor?.isIn) wait(visitor);
    },
    untakenBytes: (connection) => visitors.get(connection)?.untakenBytes ?? 0,
    close: () => clearInterval(sweep),
  };
}

function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status, { connection: 'close' }).end();
}

function sizeOf(data: unknown): number {
  if (typeof data === 'string') return data.length;
  return (data as { byteLength?: number } | undefined)?.byteLength ?? 0;
}

function longestOfMost(waiting: ReadonlyMap<string, ReadonlySet<Visitor>>): Visitor {
  let most: ReadonlySet<Visitor> = new Set();
  for (const beside of waiting.values()) if (beside.size > most.size) most = beside;
  const [longest] = most;
  return longest!;
}
