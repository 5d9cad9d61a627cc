// A TCP line to a server, for tests that do something to what goes over it.

import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface TcpLine {
  /** Address that leads to the server. */
  readonly url: string;
  /** Breaks all connections; new ones are let in. */
  breakAll(): void;
  close(): void;
}

/**
 * A line to `http://127.0.0.1:PORT`. `join` makes what comes from the browser (`near`) and from the server (`far`) go on;
 * when one of the two ends or fails, so does the other. Connections come only while `isOpen`.
 */
export async function openTcpLine(
  port: number,
  join: (near: Socket, far: Socket) => void,
  isOpen: () => boolean = () => true,
): Promise<TcpLine> {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    if (!isOpen()) {
      near.destroy();
      return;
    }
    const far = connect(port, '127.0.0.1');
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    join(near, far);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  function breakAll(): void {
    for (const socket of sockets) socket.destroy();
  }
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    breakAll,
    close() {
      breakAll();
      server.close();
    },
  };
}
