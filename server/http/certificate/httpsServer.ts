// An https server that sends who comes by plain http to the same address by https: an address typed from a projector
// has no scheme, and browsers then try http, which would end in an empty page.

import { createServer as createHttpServer, type RequestListener, type ServerOptions } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { Socket } from 'node:net';
import type { Certificate } from './certificate.ts';
import { SERVER_OPTIONS } from '../../guard/guardServer.ts';

/** First byte of a TLS connection: a handshake record (RFC 8446, 5.1). No http request begins with it. */
const TLS_HANDSHAKE = 22;
/** A connection on which TLS has not begun by then is given up, and one that comes by plain http. */
const SILENCE_MS = 10_000;

export function createHttpsServer(
  { cert, key }: Certificate,
  handler: RequestListener,
  arrival: ServerOptions = SERVER_OPTIONS,
): Server {
  const server = createServer({ ...arrival, handshakeTimeout: SILENCE_MS, cert, key }, handler);
  const plain = createHttpServer(arrival, redirectToHttps);
  const [takeSecure] = server.listeners('connection') as [(this: Server, socket: Socket) => void];
  server.removeListener('connection', takeSecure);
  server.on('connection', (socket: Socket) => {
    const giveUp = (): void => void socket.destroy();
    socket.on('error', giveUp);
    socket.setTimeout(SILENCE_MS, giveUp);
    socket.once('data', (chunk: Buffer) => {
      socket.pause();
      socket.unshift(chunk);
      if (chunk[0] === TLS_HANDSHAKE) {
        socket.setTimeout(0, giveUp);
        takeSecure.call(server, socket);
      } else {
        const tooLong = setTimeout(giveUp, SILENCE_MS);
        socket.on('close', () => clearTimeout(tooLong));
        plain.emit('connection', socket);
        // The parser takes over in this turn; what was put back is heard in the next.
        process.nextTick(() => socket.resume());
      }
    });
  });
  return server;
}

const redirectToHttps: RequestListener = ({ headers, url = '/' }, response) => {
  response.setHeader('Connection', 'close');
  if (headers.host === undefined || !url.startsWith('/')) {
    response.writeHead(400).end();
    return;
  }
  response.writeHead(307, { Location: `https://${headers.host}${url}`, 'Cache-Control': 'no-store' }).end();
};
