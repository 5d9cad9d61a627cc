// Stands in for what engine.io and socket.io have of their own for addresses and queries: every browser that we promise has URL
// and cross-origin requests, and we connect to absolute addresses alone.

interface Address {
  readonly source: string;
  readonly protocol: string;
  /** Without the brackets of IPv6. */
  readonly host: string;
  readonly port: string;
  readonly path: string;
  readonly query: string;
  readonly queryKey: Readonly<Record<string, string>>;
}

/** In place of engine.io's `parse`. */
export function parse(source: string): Address {
  const { protocol, hostname, port, pathname, search } = new URL(source);
  return {
    source,
    protocol: protocol.slice(0, -1),
    host: hostname.replace(/[[\]]/g, ''),
    port,
    path: pathname,
    query: search.slice(1),
    queryKey: decode(search),
  };
}

/** In place of socket.io's; `id` tells servers apart, of which each has one connection. */
export function url(address: string, path = ''): Address & { readonly id: string } {
  return { ...parse(address), id: new URL(address).origin + path };
}

export function encode(query: Record<string, string>): string {
  return new URLSearchParams(query).toString();
}

export function decode(query: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(query));
}

export const hasCORS = true;
