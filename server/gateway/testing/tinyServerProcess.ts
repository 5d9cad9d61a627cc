// A server in a process of its own, to be killed or attacked: `node --import tsx tinyServerProcess.ts RUNS_DIR PORT [JSON]`.
// Prints its port when it listens. JSON: `TinyProcessOptions`.

import type { RunConfig } from '../../federation/config.ts';
import { outliveConnections } from '../http/containment.ts';
import { createFaultLog } from '../http/faultLog.ts';
import { startServer, type ServerOptions } from '../../startServer.ts';
import { tinyRun, tinyServerOptions } from './tinyTask.ts';

/** What differs from the usual tiny server; all of it survives JSON. */
export interface TinyProcessOptions {
  readonly server?: Partial<ServerOptions>;
  readonly run?: Partial<RunConfig>;
}

const [runsDir, port, json = '{}'] = process.argv.slice(2);
const { server: options, run } = JSON.parse(json) as TinyProcessOptions;
const server = await startServer({
  ...tinyServerOptions(runsDir!, [tinyRun('killed', run)]),
  checkpointEverySteps: 7,
  evaluateEveryMs: 60_000,
  ...options,
  port: Number(port),
});
outliveConnections(createFaultLog(), (error) => {
  console.error(error);
  process.exit(1);
});
process.stdout.write(`${server.port}\n`);
