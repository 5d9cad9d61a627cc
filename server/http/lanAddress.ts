// The address under which other machines on the network reach this one.

import { createSocket } from 'node:dgram';
import { networkInterfaces } from 'node:os';

/** Reserved for documentation (RFC 5737): routed like any address abroad, and nothing is sent to it. */
const SOMEWHERE_ABROAD = '192.0.2.1';
const ANY_PORT = 9;

/** The IPv4 address of the default route's interface, else the first that is not loopback, else loopback. */
export async function findLanAddress(): Promise<string> {
  return (await addressOfDefaultRoute()) ?? externalAddresses()[0] ?? '127.0.0.1';
}

/** Connecting a datagram socket makes the system choose a route, and sends nothing. */
function addressOfDefaultRoute(): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.on('error', () => {
      socket.close();
      resolve(null);
    });
    socket.connect(ANY_PORT, SOMEWHERE_ABROAD, () => {
      const { address } = socket.address();
      socket.close();
      resolve(address);
    });
  });
}

/** The IPv4 addresses of all interfaces but loopback. */
export function externalAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .map(({ address }) => address);
}
