// A server in a process of its own, to be killed or attacked: `node --import tsx tinyServerProcess.ts RUNS_DIR PORT [JSON]`.
// Prints its port when it listens. JSON: `TinyProcessOptions`.

import type { RunConfig } from '../../shared/federation/config.ts';
import { outliveConnections } from '../guard/containment.ts';
import { createFaultLog } from '../guard/faultLog.ts';
import { startServer, type ServerOptions } from '../startServer.ts';
import { CheckpointError } from '../store/checkpointError.ts';
import { diskFaultOf } from '../store/diskFault.ts';
import { tinyRun, tinyServerOptions } from './tinyTask.ts';

/** What differs from the usual tiny server; all of it survives JSON. */
export interface TinyProcessOptions {
  readonly server?: Partial<ServerOptions>;
  readonly run?: Partial<RunConfig>;
}

const [runsDir, port, json = '{}'] = process.argv.slice(2);
const { server: options, run } = JSON.parse(json) as TinyProcessOptions;
/** As `npm start` does. */
function fail(error: unknown): never {
  const fault = diskFaultOf(error);
  const path = (error as NodeJS.ErrnoException).path ?? runsDir;
  if (fault !== null) console.error(`${path}: ${fault.cause}; ${fault.remedy}`);
  else console.error(error instanceof CheckpointError ? error.message : error);
  process.exit(1);
}

const server = await startServer({
  ...tinyServerOptions(runsDir!, [tinyRun('killed', run)]),
  checkpointEverySteps: 7,
  evaluateEveryMs: 60_000,
  onFailure: fail,
  ...options,
  port: Number(port),
}).catch(fail);
outliveConnections(createFaultLog(), (error) => {
  console.error(error);
  process.exit(1);
});
process.stdout.write(`${server.port}\n`);
