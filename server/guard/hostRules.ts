// By which names this server may be spoken to, and by pages of which origins. A page of somebody else's may have its own name
// lead to this machine (DNS rebinding) and is then, to the browser, of one origin with this server; and any page may open
// sockets to it. Addresses cannot be rebound, so every address will do.

import { isIP } from 'node:net';
import { hostname } from 'node:os';

export interface HostRules {
  /** By the `Host` header; none is no browser's. */
  allowsHost(host: string | undefined): boolean;
  /** By the `Origin` header: none, the host's own, or one that was allowed. */
  allowsOrigin(origin: string | undefined, host: string | undefined): boolean;
}

export interface KnownNames {
  /** Names that lead here, and pages of which may ask: `--allow-host`. */
  readonly allowed: readonly string[];
  /** Address behind a tunnel or a proxy; its pages may ask. */
  readonly publicUrl?: string | undefined;
  /** Names that lead here, such as those of the certificate. `*.` stands for any first part. */
  readonly own?: readonly string[];
}

export function createHostRules({ allowed, publicUrl, own = [] }: KnownNames): HostRules {
  const machine = hostname().toLowerCase();
  const [short = machine] = machine.split('.');
  const publicName = publicUrl === undefined ? [] : [new URL(publicUrl).hostname];
  const trusted = [...allowed, ...publicName].map(plain);
  const names = new Set(['localhost', machine, short, `${short}.local`, ...own.map(plain), ...trusted]);

  function isKnown(name: string): boolean {
    return names.has(name) || names.has(name.replace(/^[^.]+/, '*'));
  }
  return {
    allowsHost(host) {
      if (host === undefined) return true;
      const name = parse(`http://${host}`)?.hostname;
      if (name === undefined) return false;
      return isIP(name.replace(/^\[|\]$/g, '')) > 0 || name.endsWith('.localhost') || isKnown(plain(name));
    },
    allowsOrigin(origin, host) {
      if (origin === undefined) return true;
      const url = parse(origin);
      if (url === null || host === undefined) return false;
      return url.host === parse(`${url.protocol}//${host}`)?.host || trusted.includes(plain(url.hostname));
    },
  };
}

/** As names are compared: in small letters, without the dot of the root. */
function plain(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}

/** Null for what is none, or holds more than an origin. */
function parse(text: string): URL | null {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  return url.pathname === '/' && url.username === '' && url.search === '' && url.hash === '' ? url : null;
}
