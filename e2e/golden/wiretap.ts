// Between a device and its server, for tests of what goes over the wire: hands every WebSocket frame on as it is, and writes
// it down. Knows nothing of what frames mean.

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer, type RawData } from 'ws';

export interface Frame {
  /** "D" a device, "S" the server. */
  readonly from: 'D' | 'S';
  /** Of a binary frame: its bytes, in hex. */
  readonly text: string;
  readonly isBinary: boolean;
  /** Number of the connection, from 0. */
  readonly connection: number;
}

export interface Wiretap {
  /** For devices, in place of the server's. */
  readonly url: string;
  /** All frames so far, oldest first. */
  readonly frames: readonly Frame[];
  close(): void;
}

export async function openWiretap(serverUrl: string): Promise<Wiretap> {
  const frames: Frame[] = [];
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  let numConnections = 0;
  server.on('connection', (near, request) => {
    const connection = numConnections++;
    const far = new WebSocket(serverUrl.replace('http', 'ws') + request.url!);
    const farIsOpen = once(far, 'open');
    const pass = (from: Frame['from'], to: WebSocket) => (data: RawData, isBinary: boolean) => {
      const bytes = data as Buffer;
      frames.push({ from, text: bytes.toString(isBinary ? 'hex' : 'utf8'), isBinary, connection });
      if (to.readyState === WebSocket.OPEN) to.send(bytes, { binary: isBinary });
    };
    far.on('message', pass('S', near));
    // Nothing is lost that comes before the far end is open: a device waits for the server's first word.
    near.on('message', pass('D', far));
    near.on('close', () => void farIsOpen.then(() => far.close()));
    far.on('close', () => near.close());
  });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    frames,
    close() {
      for (const client of server.clients) client.terminate();
      server.close();
    },
  };
}
