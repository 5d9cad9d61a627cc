// A proxy that holds endless answers back until they end, as quick tunnels do; a test can have it let them through.

import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';

export interface HoldingProxy {
  readonly url: string;
  /** Paths that were asked for, with their queries. */
  readonly asked: readonly string[];
  /** From now on everything goes on as it comes; what was held comes at once. */
  letThrough(): void;
  close(): void;
}

/** Leads to `http://127.0.0.1:PORT`; WebSockets pass. */
export async function openHoldingProxy(port: number): Promise<HoldingProxy> {
  const asked: string[] = [];
  const held = new Set<() => void>();
  let isHolding = true;
  const server = createServer((near, answer) => {
    const { method, url, headers } = near;
    asked.push(url!);
    const far = request({ host: '127.0.0.1', port, method, path: url, headers }, (from) => {
      answer.writeHead(from.statusCode!, from.headers);
      answer.flushHeaders();
      const isEndless = from.headers['content-type'] === 'text/event-stream';
      if (!isEndless || !isHolding) return void from.pipe(answer);
      const release = (): void => {
        held.delete(release);
        from.pipe(answer);
      };
      held.add(release);
    });
    far.on('error', () => answer.destroy());
    answer.on('close', () => far.destroy());
    near.pipe(far);
  });
  server.on('upgrade', ({ method, url, rawHeaders }, near) => {
    const far = connect(port, '127.0.0.1', () => {
      const lines = rawHeaders.flatMap((name, i) => (i % 2 === 0 ? [`${name}: ${rawHeaders[i + 1]}`] : []));
      far.write(`${method} ${url} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
      near.pipe(far).pipe(near);
    });
    far.on('error', () => near.destroy());
    near.on('error', () => far.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    letThrough() {
      isHolding = false;
      for (const release of held) release();
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
