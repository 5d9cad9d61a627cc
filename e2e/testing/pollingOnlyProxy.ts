// An https address before a plain server, as a tunnel has it, through which no WebSocket gets: what an iPhone sees that
// met a certificate signed by itself, and what some school networks leave of the web.

import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Certificate } from '../../server/http/certificate/certificate.ts';
import { createHttpsServer } from '../../server/http/certificate/httpsServer.ts';

export interface PollingOnlyProxy {
  readonly url: string;
  /** WebSockets that were tried. */
  numTried(): number;
  close(): void;
}

/** Leads to `http://127.0.0.1:PORT`; WebSockets are closed at once, or left without an answer. */
export async function openPollingOnlyProxy(
  port: number,
  certificate: Certificate,
  webSockets: 'closed' | 'unanswered',
): Promise<PollingOnlyProxy> {
  let tried = 0;
  const held = new Set<Duplex>();
  const server = createHttpsServer(certificate, (near, answer) => {
    const { method, url, headers } = near;
    const far = request({ host: '127.0.0.1', port, method, path: url, headers }, (from) => {
      answer.writeHead(from.statusCode!, from.headers);
      from.pipe(answer);
    });
    far.on('error', () => answer.destroy());
    answer.on('close', () => far.destroy());
    near.pipe(far);
  });
  server.on('upgrade', (_request, socket) => {
    tried++;
    if (webSockets === 'closed') socket.destroy();
    else held.add(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    numTried: () => tried,
    close() {
      for (const socket of held) socket.destroy();
      server.closeAllConnections();
      server.close();
    },
  };
}
