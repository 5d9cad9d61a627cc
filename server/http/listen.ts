// Ports of this machine.

import { createServer } from 'node:http';
import type { AddressInfo, Server } from 'node:net';

/** The port: the one asked for, or with 0 any free one. */
export function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}

/** To be asked before any run is opened: a server that cannot listen leaves none behind. */
export async function expectFreePort(host: string, port: number): Promise<void> {
  const probe = createServer();
  await listen(probe, host, port);
  await new Promise((resolve) => probe.close(resolve));
}
