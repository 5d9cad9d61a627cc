// The HTTP server itself: plain or with a certificate, and what guards it against strangers.

import { createServer, type Server } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import { fileURLToPath } from 'node:url';
import type { AccessOptions } from './access.ts';
import { namesOf, type Certificate } from './certificate/certificate.ts';
import { createHttpsServer } from './certificate/httpsServer.ts';
import { numConnectionsFor } from '../guard/descriptors.ts';
import type { FaultLog } from '../guard/faultLog.ts';
import { guardServer, SERVER_OPTIONS } from '../guard/guardServer.ts';
import { createHostRules } from '../guard/hostRules.ts';
import { createHttpHandler, type Route } from './httpHandler.ts';

export interface WebOptions extends Pick<AccessOptions, 'trustedProxies'> {
  /** Address to listen on; default: all. */
  readonly host?: string;
  /** Serves https with it; default: plain http. */
  readonly certificate?: Certificate;
  /** Address under which others reach this server, through a tunnel or a proxy, a path included, without the slash at its end; default: on the network. */
  readonly publicUrl?: string;
  /** More names that lead here; pages of these hosts may ask this server. */
  readonly allowedHosts?: readonly string[];
  /** Default: what the process may open, less what it keeps for itself. */
  readonly maxConnections?: number;
  /** How long a request may take to arrive. */
  readonly arrival?: Partial<typeof SERVER_OPTIONS>;
  /** Folder of the built pages; default: the repository's `dist`. */
  readonly pagesFolder?: string;
}

export const EVERYWHERE = '0.0.0.0';
const PAGES_FOLDER = fileURLToPath(new URL('../../dist', import.meta.url));

export interface WebServer {
  readonly httpServer: Server | HttpsServer;
  /** To be called once all listeners are there. */
  guard(): void;
}

/** Serves the pages and these routes; does not listen yet. */
export function createWebServer(
  options: WebOptions,
  routes: Readonly<Record<string, Route>>,
  faults: FaultLog,
): WebServer {
  const { host = EVERYWHERE, certificate, publicUrl, allowedHosts = [], trustedProxies = 0 } = options;
  const handler = createHttpHandler({ pagesFolder: options.pagesFolder ?? PAGES_FOLDER, routes });
  const arrival = { ...SERVER_OPTIONS, ...options.arrival };
  const httpServer = certificate
    ? createHttpsServer(certificate, handler, arrival)
    : createServer(arrival, handler);
  return {
    httpServer,
    guard: () =>
      guardServer(httpServer, {
        hosts: createHostRules({
          allowed: allowedHosts,
          publicUrl,
          own: [host, ...(certificate ? namesOf(certificate) : [])],
        }),
        faults,
        maxConnections: options.maxConnections ?? numConnectionsFor(),
        sharesConnections: trustedProxies === 0,
      }),
  };
}
