// Notices messages above the transport's limit. engine.io closes such a connection (WebSocket) or answers 413
// (long-polling) before anything of the message reaches a handler, so no coded answer can be given.

import { ServerResponse } from 'node:http';
import type { Server } from 'socket.io';

/** What the WebSocket library says of a message above `maxHttpBufferSize`. */
const WEBSOCKET_TOO_LARGE = /Max payload size exceeded/;
const HTTP_TOO_LARGE = 413;

/** As much of an engine.io connection as is needed here (`Socket.conn` is one). */
interface EngineConnection {
  readonly id: string;
  on(event: 'close', listener: (reason: string, description?: { readonly message?: string }) => void): void;
  close(discard: boolean): void;
}

/** `onOversized` gets the engine.io connection that it came by, which is closed then. */
export function watchOversized(io: Server, onOversized: (connection: object) => void): void {
  const connections = new Map<string, EngineConnection>();
  io.engine.on('connection', (connection: EngineConnection) => {
    connections.set(connection.id, connection);
    connection.on('close', (_reason, description) => {
      connections.delete(connection.id);
      if (WEBSOCKET_TOO_LARGE.test(description?.message ?? '')) onOversized(connection);
    });
  });
  io.engine.use((request: { url?: string }, response: unknown, next: () => void) => {
    // An upgrade to WebSocket comes with a stand-in.
    if (!(response instanceof ServerResponse)) return next();
    response.on('finish', () => {
      const connection = connections.get(new URLSearchParams(request.url?.split('?')[1]).get('sid') ?? '');
      if (response.statusCode !== HTTP_TOO_LARGE || connection === undefined) return;
      onOversized(connection);
      connection.close(true);
    });
    next();
  });
}
