// What dashboards ask for by HTTP: the feed, the history, one held-out sample; and the figures for Prometheus.
// All of it can be read by anybody.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { StepTimes } from '../../../shared/contract/dashboard.ts';
import type { AdminGuard } from '../admin/adminToken.ts';
import { createSharedAnswer } from '../sharedAnswer.ts';
import { isRead, JSON_TYPE, sendText } from '../httpAnswers.ts';
import type { Route } from '../httpHandler.ts';
import type { JoinCode } from '../joinCode.ts';
import type { LineUp } from '../../run/lineUp.ts';
import type { RunForDashboard } from '../../run/runForDashboard.ts';
import { METRICS_CONTENT_TYPE, metricsText, type MeasuredRun } from './metricsText.ts';
import { createFeedSeats, type Seat } from './feedSeats.ts';
import { createDashboardFeed, type DashboardFeed } from './dashboardFeed.ts';
import { stateOf } from './describeDashboard.ts';

type SharedAnswers = Readonly<Record<'history' | 'stepTimes', ReturnType<typeof createSharedAnswer>>>;

export interface DashboardOptions {
  readonly lineUp: LineUp<RunForDashboard>;
  readonly joinUrls: () => readonly string[];
  readonly allowsNames: boolean;
  readonly guard: AdminGuard;
  readonly joinCode: JoinCode;
  /** Whose a request is, for who shares what is short. */
  readonly addressOf: (request: IncomingMessage) => string;
}

export interface Dashboard {
  readonly routes: Readonly<Record<string, Route>>;
  /** Ends the run's feed: whoever looks comes back by himself, and sees what took its place. */
  drop(run: RunForDashboard): void;
  /** Ends all feeds. */
  close(): void;
}

export function createDashboard(options: DashboardOptions): Dashboard {
  const { lineUp, guard, joinCode, addressOf, ...feedOptions } = options;
  const feeds = new Map<RunForDashboard, DashboardFeed>();
  const seats = createFeedSeats();
  const shared = new WeakMap<RunForDashboard, SharedAnswers>();

  function feedOf(run: RunForDashboard): DashboardFeed {
    const feed = feeds.get(run) ?? createDashboardFeed({ run, lineUp, ...feedOptions });
    feeds.set(run, feed);
    return feed;
  }

  /** What is made for all who ask of a run. */
  function sharedOf(run: RunForDashboard): SharedAnswers {
    const made = shared.get(run) ?? {
      history: createSharedAnswer(JSON_TYPE, () => JSON.stringify(run.history.after(-1, -1))),
      stepTimes: createSharedAnswer(JSON_TYPE, () => JSON.stringify(stepTimesOf(run))),
    };
    shared.set(run, made);
    return made;
  }

  /** The run that `?run=` names, or the default run; undefined once the request has been refused. */
  function runOf(query: URLSearchParams, response: ServerResponse): RunForDashboard | undefined {
    const run = lineUp.find(query.get('run') ?? '');
    if (run === undefined) sendText(response, 404, 'This server has no such run.\n');
    return run;
  }

  return {
    routes: {
      '/api/feed'(request, response, query) {
        if (!isRead(request, response)) return;
        const run = runOf(query, response);
        if (!run) return;
        // For whoever sits behind a proxy that holds an endless answer back.
        if (query.has('once')) return feedOf(run).once(request, response);
        if (request.method === 'HEAD') return void response.end();
        const seat: Seat = {
          address: addressOf(request),
          isAdmin: guard.isTicket(query.get('ticket') ?? ''),
          giveUp: () => void response.destroy(),
        };
        if (!seats.take(seat)) {
          response.setHeader('Retry-After', '10');
          return sendText(response, 503, 'Too many dashboards are open.\n');
        }
        response.on('close', () => seats.giveBack(seat));
        feedOf(run).open(response);
      },
      '/api/history'(request, response, query) {
        const run = runOf(query, response);
        if (run) sharedOf(run).history(request, response);
      },
      '/api/steptimes'(request, response, query) {
        const run = runOf(query, response);
        if (run) sharedOf(run).stepTimes(request, response);
      },
      '/api/sample'(request, response, query) {
        if (!isRead(request, response)) return;
        const run = runOf(query, response);
        if (!run) return;
        const send = (): void => sendSample(response, run, Number(query.get('index') ?? NaN));
        if (guard.isAdmin(request) || guard.isTicket(query.get('ticket') ?? '')) return send();
        joinCode.check(query.get('code') ?? '', addressOf(request), (isRight) =>
          isRight ? send() : sendText(response, 403, 'Samples of this run take its join code.\n'),
        );
      },
      '/metrics': createSharedAnswer(METRICS_CONTENT_TYPE, () => metricsText(lineUp.runs.map(measure))),
    },
    drop(run) {
      feeds.get(run)?.close();
      feeds.delete(run);
    },
    close() {
      for (const feed of feeds.values()) feed.close();
    },
  };
}

function measure(run: RunForDashboard): MeasuredRun {
  const devices = { training: 0, waiting: 0, asleep: 0, gone: 0 };
  for (const view of run.federation().devices) devices[stateOf(view)]++;
  return { status: run.status(), devices };
}

function stepTimesOf(run: RunForDashboard): StepTimes {
  const { devices } = run.federation();
  return Object.fromEntries(
    devices.flatMap(({ deviceId }) => {
      const account = run.accountOf(deviceId);
      return account ? [[deviceId, { atMs: account.stepTimesAtMs, stepMs: account.stepTimesMs }]] : [];
    }),
  );
}

/** The sample's elements as they are, little endian. It never changes while the run's name stays. */
function sendSample(response: ServerResponse, { test }: RunForDashboard, index: number): void {
  if (!Number.isSafeInteger(index) || index < 0 || index >= test.count)
    return sendText(response, 404, `The test set has samples 0 to ${test.count - 1}.\n`);
  const size = test.inputs.length / test.count;
  const { buffer, byteOffset, byteLength } = test.inputs.subarray(index * size, (index + 1) * size);
  response.writeHead(200, {
    'Content-Type': 'application/octet-stream',
    'Cache-Control': 'private, max-age=86400',
  });
  response.end(new Uint8Array(buffer, byteOffset, byteLength));
}
