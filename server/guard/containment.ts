// What a connection of a stranger sets off may go wrong in ways that nobody has foreseen, at once or later: it then costs
// that connection. What is a run's own work is taken out of this: a coordinator that threw may be inconsistent, and must end
// the server with nothing more acknowledged.

import { AsyncLocalStorage } from 'node:async_hooks';
import type { Server, Socket } from 'node:net';
import type { FaultLog } from './faultLog.ts';

const connections = new AsyncLocalStorage<Socket>();

/** From now on what a connection of the server sets off is done on its behalf. After all listeners are there. */
export function containConnections(server: Server): void {
  const listeners = server.listeners('connection') as ((this: Server, socket: Socket) => void)[];
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    connections.run(socket, () => {
      for (const listener of listeners) listener.call(server, socket);
    });
  });
}

/** Does it on behalf of no connection: a fault in it, now or later, is the server's own. */
export function onOwnBehalf<T>(act: () => T): T {
  return connections.exit(act);
}

/**
 * Has the process go on after a fault that concerns one connection alone, which is closed; any other goes to `fail`, which
 * must not return.
 */
export function outliveConnections(faults: FaultLog, fail: (error: unknown) => never): void {
  // Rejections that nobody handles come here, too.
  process.on('uncaughtException', (error) => {
    const socket = connections.getStore();
    if (socket === undefined) return fail(error);
    faults.report(`the connection of ${socket.remoteAddress ?? 'somebody who has gone'}`, error);
    socket.destroy();
  });
}
