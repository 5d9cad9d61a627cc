// What only whoever has the token may ask for: steering a run, and taking home what it made.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream';
import type { TaskDefinition } from '../../../shared/tasks/task.ts';
import type { DeskChoices } from '../../../shared/contract/dashboard.ts';
import type { SteerCommand } from '../../../shared/contract/steering.ts';
import { isRead, refuseMethod, sendJson, sendText } from '../httpAnswers.ts';
import type { Route } from '../httpHandler.ts';
import { PRESETS } from '../../../shared/federation/strategies.ts';
import { changedSettings, type NextRuns } from '../../run/nextRuns.ts';
import { deskFields } from '../../settings/liveSettings.ts';
import type { LineUp } from '../../run/lineUp.ts';
import type { RunForAdmin } from '../../run/runForAdmin.ts';
import type { AdminGuard } from './adminToken.ts';
import { DOWNLOADS } from './downloads.ts';
import { parseSteerCommand } from './steerCommand.ts';

const MOST_COMMAND_BYTES = 4096;
/** The one that stalls, and ours. */
const COMPARED: readonly string[] = ['fedavg', 'ftte'];

export interface AdminOptions<R extends RunForAdmin> {
  readonly guard: AdminGuard;
  readonly joinCode: string;
  readonly lineUp: LineUp<R>;
  /** Tasks that a run may be begun with. */
  readonly tasks: readonly TaskDefinition[];
  /** Opens runs in the place of this one and of those side by side with it. Rejects with what stands in the way. */
  readonly begin: (run: R, wanted: NextRuns) => Promise<void>;
}

type GuardedRoute<R> = (
  request: IncomingMessage,
  response: ServerResponse,
  run: R,
  query: URLSearchParams,
) => void;

export function createAdminRoutes<R extends RunForAdmin>({
  guard,
  joinCode,
  lineUp,
  tasks,
  begin,
}: AdminOptions<R>): Readonly<Record<string, Route>> {
  /** Without the token nothing is told, not even whether there is such a run. */
  function guarded(route: GuardedRoute<R>): Route {
    return (request, response, query) =>
      guard.expect(request, response, () => {
        const run = lineUp.find(query.get('run') ?? '');
        if (run === undefined) return sendText(response, 404, 'This server has no such run.\n');
        route(request, response, run, query);
      });
  }

  /** What concerns the fleet is done in all runs side by side, the rest in this one. */
  async function obey(run: R, command: SteerCommand): Promise<void> {
    const group = lineUp.groupOf(run);
    switch (command.kind) {
      case 'pause':
        for (const each of group) lineUp.steeringOf(each).setPaused(command.isPaused);
        return;
      case 'slow':
        for (const each of group) {
          const connected = each.federation().devices.filter(({ presence }) => presence === 'connected');
          const ids = connected.map(({ deviceId }) => deviceId);
          lineUp.steeringOf(each).slowDown(ids, command.share, command.factor);
        }
        return;
      case 'settings':
        return run.changeSettings(changedSettings(run.config, command));
      case 'begin':
        return begin(run, { task: taskOf(command.task) ?? run.task, strategies: command.strategies });
      case 'remove':
        return run.removeDevice(knownDevice(run, command.deviceId));
      case 'exempt':
        return run.exemptDevice(knownDevice(run, command.deviceId), command.isExempt);
      case 'end':
        for (const each of group) each.end();
        return;
      default:
        return command satisfies never;
    }
  }

  function taskOf(id: string | undefined): TaskDefinition | undefined {
    if (id === undefined) return undefined;
    const task = tasks.find((each) => each.id === id);
    if (task) return task;
    throw new RangeError(`task must be one of ${tasks.map((each) => each.id).join(', ')}, got "${id}"`);
  }

  const choices: DeskChoices = {
    tasks: tasks.map(({ id, title }) => ({ id, title })),
    strategies: Object.entries(PRESETS).map(([id, { title }]) => ({ id, title })),
    compared: COMPARED,
    settings: deskFields(),
    ticket: guard.ticket,
    joinCode,
  };

  return {
    '/api/admin/check': guarded((request, response) => sendJson(request, response, choices)),
    '/api/admin/steer': guarded((request, response, run) => {
      if (request.method !== 'POST') return refuseMethod(response, ['POST']);
      readText(request, MOST_COMMAND_BYTES, (text) => {
        if (text === null) return sendText(response, 413, 'The command is too long.\n');
        let command: SteerCommand;
        try {
          command = parseSteerCommand(text);
        } catch (error) {
          if (!(error instanceof RangeError)) throw error;
          return sendText(response, 400, `${error.message}\n`);
        }
        obey(run, command).then(
          () => response.writeHead(204).end(),
          (error: Error) => sendText(response, error instanceof RangeError ? 400 : 409, `${error.message}\n`),
        );
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

/** Tells the whole body, or null as soon as it is longer than that; once. */
function readText(request: IncomingMessage, mostBytes: number, tell: (text: string | null) => void): void {
  const parts: Buffer[] = [];
  let bytes = 0;
  const done = (text: string | null): void => {
    request.removeAllListeners('data').removeAllListeners('end').resume();
    tell(text);
  };
  if (Number(request.headers['content-length'] ?? 0) > mostBytes) return done(null);
  request.on('data', (part: Buffer) => {
    bytes += part.length;
    parts.push(part);
    if (bytes > mostBytes) done(null);
  });
  request.on('end', () => done(Buffer.concat(parts).toString('utf8')));
}

function knownDevice(run: RunForAdmin, deviceId: string): string {
  if (run.isKnown(deviceId)) return deviceId;
  throw new RangeError('deviceId must be that of a device of this run');
}
