// A TCP line to a server that a test can cut and mend: what a tab sees when its network goes.

import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface CuttableLine {
  /** Address that leads to the server while the line is whole. */
  readonly url: string;
  /** Breaks all connections and refuses new ones. */
  cut(): void;
  mend(): void;
  close(): void;
}

/** A line to `http://127.0.0.1:PORT`. */
export async function openCuttableLine(port: number): Promise<CuttableLine> {
  let isCut = false;
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    if (isCut) {
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
      socket.pipe(other);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  function breakAll(): void {
    for (const socket of sockets) socket.destroy();
  }
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut() {
      isCut = true;
      breakAll();
    },
    mend() {
      isCut = false;
    },
    close() {
      breakAll();
      server.close();
    },
  };
}
