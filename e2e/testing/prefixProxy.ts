// A reverse proxy that serves a server under a path of its own, sockets included, as a school's web server may.

import { createServer, request, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';

export interface PrefixProxy {
  /** Address of the join page. */
  readonly url: string;
  /** Paths that were asked for outside of the prefix. */
  readonly strays: readonly string[];
  close(): void;
}

/** Leads from `http://127.0.0.1:ANY` + prefix to `http://127.0.0.1:PORT/`; `prefix` begins and ends with a slash. */
export async function openPrefixProxy(
  port: number,
  prefix: string,
  webSockets: 'open' | 'closed' = 'open',
): Promise<PrefixProxy> {
  const strays: string[] = [];
  const sockets = new Set<Duplex>();
  const ahead = ({ method, url, headers }: IncomingMessage) =>
    request({ host: '127.0.0.1', port, method, path: url!.slice(prefix.length - 1), headers });
  const isStray = ({ url }: IncomingMessage): boolean => {
    if (url!.startsWith(prefix)) return false;
    strays.push(url!);
    return true;
  };
  const server = createServer((near, answer) => {
    if (isStray(near)) return void answer.writeHead(404).end();
    const far = ahead(near);
    far.on('response', (from) => {
      answer.writeHead(from.statusCode!, from.headers);
      from.pipe(answer);
    });
    far.on('error', () => answer.destroy());
    answer.on('close', () => far.destroy());
    near.pipe(far);
  });
  server.on('upgrade', (near: IncomingMessage, socket: Duplex) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    if (isStray(near) || webSockets === 'closed') return void socket.destroy();
    const far = ahead(near);
    far.on('error', () => socket.destroy());
    far.on('response', () => socket.destroy());
    far.on('upgrade', (from, other) => {
      const head = Object.entries(from.headers).map(([name, value]) => `${name}: ${String(value)}\r\n`);
      socket.write(`HTTP/1.1 101 Switching Protocols\r\n${head.join('')}\r\n`);
      other.on('error', () => socket.destroy()).on('close', () => socket.destroy());
      socket.on('close', () => other.destroy());
      socket.pipe(other).pipe(socket);
    });
    far.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${prefix}`,
    strays,
    close() {
      for (const socket of sockets) socket.destroy();
      server.closeAllConnections();
      server.close();
    },
  };
}
