// An https address before a plain server, as a tunnel has it, through which no WebSocket gets: what an iPhone sees that
// met a certificate signed by itself, and what some school networks leave of the web.

import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Certificate } from '../../server/gateway/certificate.ts';
import { createHttpsServer } from '../../server/gateway/httpsServer.ts';

export interface PollingOnlyProxy {
  readonly url: string;
  /** WebSockets that were tried, and closed without an answer. */
  numRefused(): number;
  close(): void;
}

/** Leads to `http://127.0.0.1:PORT`. */
export async function openPollingOnlyProxy(
  port: number,
  certificate: Certificate,
): Promise<PollingOnlyProxy> {
  let refused = 0;
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
    refused++;
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    numRefused: () => refused,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
