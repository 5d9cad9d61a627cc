// The addresses that a server is reached at.

import { externalAddresses, findLanAddress } from './lanAddress.ts';

export interface Addresses {
  /** For this machine. */
  readonly url: string;
  /** For others: the public address, else that on the network. */
  readonly joinUrl: string;
  /** All of them, the best for others first. */
  readonly all: readonly string[];
}

export interface AddressesOptions {
  readonly scheme: 'http' | 'https';
  readonly host: string;
  readonly port: number;
  readonly publicUrl: string | undefined;
}

export async function addressesOf({ scheme, host, port, publicUrl }: AddressesOptions): Promise<Addresses> {
  const isEverywhere = host === '0.0.0.0' || host === '::';
  const urlOf = (address: string): string =>
    `${scheme}://${address.includes(':') ? `[${address}]` : address}:${port}`;
  const url = urlOf(isEverywhere ? '127.0.0.1' : host);
  const lanUrl = urlOf(isEverywhere ? await findLanAddress() : host);
  const otherUrls = isEverywhere ? externalAddresses().map(urlOf) : [];
  // A path is a folder's: pages are found beside it without the slash.
  const hasPath = publicUrl !== undefined && new URL(publicUrl).pathname !== '/';
  const joinUrl = hasPath ? `${publicUrl}/` : (publicUrl ?? lanUrl);
  return { url, joinUrl, all: [...new Set([joinUrl, lanUrl, ...otherUrls, url])] };
}
