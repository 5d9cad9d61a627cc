// What only whoever has the token may ask for: steering a run, and taking home what it made.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream';
import { isRead, sendJson, sendText } from '../httpAnswers.ts';
import type { Route } from '../httpHandler.ts';
import type { LiveRun } from '../liveRun.ts';
import type { Steering } from '../steering.ts';
import type { AdminGuard } from './adminToken.ts';
import { DOWNLOADS } from './downloads.ts';
import { parseSteerCommand, type SteerCommand } from './steerCommand.ts';

const MOST_COMMAND_BYTES = 4096;

export interface AdminOptions {
  readonly guard: AdminGuard;
  /** The first is the default run. */
  readonly runs: readonly LiveRun[];
  readonly steeringOf: (run: LiveRun) => Steering;
}

type GuardedRoute = (
  request: IncomingMessage,
  response: ServerResponse,
  run: LiveRun,
  query: URLSearchParams,
) => void;

export function createAdminRoutes({
  guard,
  runs,
  steeringOf,
}: AdminOptions): Readonly<Record<string, Route>> {
  /** Without the token nothing is told, not even whether there is such a run. */
  function guarded(route: GuardedRoute): Route {
    return (request, response, query) => {
      if (!guard.isAdmin(request)) {
        response.setHeader('WWW-Authenticate', 'Bearer');
        return sendText(response, 401, 'This takes the token that the server printed at its start.\n');
      }
      const id = query.get('run') ?? '';
      const run = id === '' ? runs[0] : runs.find(({ config }) => config.id === id);
      if (run === undefined) return sendText(response, 404, 'This server has no such run.\n');
      return route(request, response, run, query);
    };
  }

  function obey(run: LiveRun, command: SteerCommand): void {
    switch (command.kind) {
      case 'pause':
        return steeringOf(run).setPaused(command.isPaused);
      case 'slow': {
        const connected = run.federation().devices.filter(({ presence }) => presence === 'connected');
        const ids = connected.map(({ deviceId }) => deviceId);
        return steeringOf(run).slowDown(ids, command.share, command.factor);
      }
      case 'end':
        return run.end();
      default:
        return command satisfies never;
    }
  }

  return {
    '/api/admin/check': guarded((request, response) => sendJson(request, response, { ok: true })),
    '/api/admin/steer': guarded((request, response, run) => {
      if (request.method !== 'POST') {
        response.setHeader('Allow', 'POST');
        return sendText(response, 405, 'Only POST is answered here.\n');
      }
      readText(request, MOST_COMMAND_BYTES, (text) => {
        if (text === null) return sendText(response, 413, 'The command is too long.\n');
        try {
          obey(run, parseSteerCommand(text));
        } catch (error) {
          if (!(error instanceof RangeError)) throw error;
          return sendText(response, 400, `${error.message}\n`);
        }
        response.writeHead(204).end();
      });
    }),
    '/api/admin/download': guarded((request, response, run, query) => {
      if (!isRead(request, response)) return;
      const name = query.get('file') ?? '';
      const make = Object.hasOwn(DOWNLOADS, name) ? DOWNLOADS[name] : undefined;
      if (make === undefined)
        return sendText(response, 404, `file must be one of ${Object.keys(DOWNLOADS).join(', ')}.\n`);
      try {
        const { contentType, body } = make(run);
        response.writeHead(200, {
          'Content-Type': contentType,
          'Content-Disposition': `attachment; filename="${name}"`,
          'Cache-Control': 'no-store',
          'X-Content-Type-Options': 'nosniff',
        });
        // A reader that goes away ends it; what is half sent is cut off, and the browser tells.
        pipeline(body, response, () => {});
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        sendText(response, 409, `${error.message}\n`);
      }
    }),
  };
}

/** Tells the whole body, or null once it is longer than that. */
function readText(request: IncomingMessage, mostBytes: number, tell: (text: string | null) => void): void {
  const parts: Buffer[] = [];
  let bytes = 0;
  request.on('data', (part: Buffer) => {
    bytes += part.length;
    if (bytes <= mostBytes) parts.push(part);
  });
  request.on('end', () => tell(bytes <= mostBytes ? Buffer.concat(parts).toString('utf8') : null));
}
