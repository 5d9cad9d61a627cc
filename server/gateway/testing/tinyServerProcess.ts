// A server in a process of its own, to be killed: `node --import tsx tinyServerProcess.ts RUNS_DIR PORT`.
// Prints its port when it listens.

import { startServer } from '../../startServer.ts';
import { tinyRun, tinyServerOptions } from './tinyTask.ts';

const [runsDir, port] = process.argv.slice(2);
const server = await startServer({
  ...tinyServerOptions(runsDir!, [tinyRun('killed')]),
  port: Number(port),
  checkpointEverySteps: 7,
  evaluateEveryMs: 60_000,
});
process.stdout.write(`${server.port}\n`);
