// A server in a process of its own that meets faults when asked to: `node --import tsx faultyServerProcess.ts FOLDER`. It is put
// together as `npm start` does. Prints its port when it listens.

import { createReadStream, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { onOwnBehalf, outliveConnections } from '../guard/containment.ts';
import { numConnectionsFor } from '../guard/descriptors.ts';
import { createFaultLog } from '../guard/faultLog.ts';
import { guardServer, SERVER_OPTIONS } from '../guard/guardServer.ts';
import { createHostRules } from '../guard/hostRules.ts';
import { createHttpHandler } from '../http/httpHandler.ts';

const pagesFolder = join(process.argv[2]!, 'pages');
mkdirSync(pagesFolder);
writeFileSync(join(pagesFolder, 'index.html'), 'A page');

function fail(text: string): never {
  throw new Error(text);
}

const FAULTS: Readonly<Record<string, (response: ServerResponse) => unknown>> = {
  now: () => fail('now'),
  later: () => setImmediate(() => fail('later')),
  promise: () => Promise.resolve().then(() => fail('promise')),
  stream: (response) => createReadStream('/nowhere').pipe(response),
  run: () => onOwnBehalf(() => setImmediate(() => fail('the run is at fault'))),
  file: (response) => response.end(readFileSync(join(pagesFolder, 'index.html'))),
};

const server = createServer(
  SERVER_OPTIONS,
  createHttpHandler({
    pagesFolder,
    routes: {
      '/api/fault': (_request: IncomingMessage, response: ServerResponse, query: URLSearchParams) =>
        void FAULTS[query.get('when')!]!(response),
    },
  }),
);
const faults = createFaultLog();
guardServer(server, {
  hosts: createHostRules({ allowed: [] }),
  faults,
  maxConnections: numConnectionsFor(),
  sharesConnections: true,
});
outliveConnections(faults, (error) => {
  console.error(error);
  process.exit(1);
});
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
