// Whose network address a connection comes from, and the opaque key that stands for it everywhere else. An IPv6 address counts
// by its network (/64): within that anybody has as many addresses as they like.

import { createHmac, randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isIP, isIPv4 } from 'node:net';

/** Groups of 16 bits that name an IPv6 network. */
const NETWORK_GROUPS = 4;
const KEY_CHARACTERS = 11;

/**
 * `numProxies`: proxies in front of this server that are trusted, each of which adds to `X-Forwarded-For` the address that it
 * was asked from; 0: the header is not believed. Of what it lists the entry counts that the outermost of them added.
 */
export function peerAddress(
  request: Pick<IncomingMessage, 'headers' | 'socket'>,
  numProxies: number,
): string {
  const direct = networkOf(request.socket.remoteAddress ?? '');
  if (numProxies === 0) return direct;
  const header = request.headers['x-forwarded-for'];
  const listed = (Array.isArray(header) ? header.join(',') : (header ?? '')).split(',');
  const forwarded = listed.at(-Math.min(numProxies, listed.length))!.trim();
  return networkOf(withoutPort(forwarded)) || direct;
}

/** Keys of addresses: the same for one address as long as this server is up, and nothing to find the address by. */
export function createAddressKeys(): (address: string) => string {
  const secret = randomBytes(32);
  return (address) =>
    createHmac('sha256', secret).update(address).digest('base64url').slice(0, KEY_CHARACTERS);
}

function withoutPort(text: string): string {
  return /^\[(.*)\](?::\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text;
}

/** '' for what is no address. */
function networkOf(text: string): string {
  const address = text.replace(/^::ffff:(?=[\d.]+$)/i, '').replace(/%.*$/, '');
  if (isIP(address) === 0) return '';
  return isIPv4(address) ? address : groupsOf(address).slice(0, NETWORK_GROUPS).join(':');
}

function groupsOf(address: string): string[] {
  // Brings it into one form: lower case, no zeros in front, the longest run of them as '::'.
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  return [...before, ...Array.from({ length: 8 - before.length - after.length }, () => '0'), ...after];
}
