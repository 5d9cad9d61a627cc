// Pushes a run to whoever looks at it, as server-sent events: everything at first, then what has changed, a few times
// a second and only while somebody looks. One text is made for all viewers. Knows nothing of pages.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { DashboardDevice, DashboardMessage, DashboardRun } from '../../../shared/contract/dashboard.ts';
import type { RunStatus } from '../../../shared/contract/status.ts';
import type { CoordinatorStatus } from '../../../shared/federation/status.ts';
import { createSharedAnswer } from '../sharedAnswer.ts';
import type { LineUp } from '../../run/lineUp.ts';
import type { RunForDashboard } from '../../run/runForDashboard.ts';
import { createSchemeTable, describeDevice, describeFigures, describeFeed } from './describeDashboard.ts';

const EVERY_MS = 250;
/** Told even if nothing has changed: the page's clock goes by it, and proxies drop silent connections. */
const HEARTBEAT_MS = 5000;
const RETRY_MS = 1000;
/** A viewer that lags this far behind is let go; it comes back by itself and gets everything anew. */
const MOST_UNSENT_BYTES = 8 * 1024 * 1024;
/** Rolling slices make ever new schemes. */
const MOST_SCHEMES = 256;

export interface FeedOptions {
  readonly run: RunForDashboard;
  readonly lineUp: LineUp<RunForDashboard>;
  readonly joinUrls: () => readonly string[];
  /** Devices are called as they call themselves. */
  readonly allowsNames: boolean;
}

export interface DashboardFeed {
  /** Answers with what the feed begins with, everything as it is now, as JSON. */
  readonly once: (request: IncomingMessage, response: ServerResponse) => void;
  /** Answers with the feed until the viewer goes. */
  open(response: ServerResponse): void;
  close(): void;
}

export function createDashboardFeed({ run, lineUp, joinUrls, allowsNames }: FeedOptions): DashboardFeed {
  const steering = lineUp.steeringOf(run);
  const viewers = new Set<ServerResponse>();
  let described: DashboardRun | null = null;
  let ticker: NodeJS.Timeout | null = null;
  let table = createSchemeTable();
  let toldDevices = new Map<string, string>();
  let toldFigures = '';
  let toldSchemes = 0;
  let toldVersion = -1;
  let toldEvaluationMs = -1;
  let toldExamination = -1;
  let toldAtMs = Number.NEGATIVE_INFINITY;
  /** What a new viewer is told; no older than what the others were told last. */
  let whole = Buffer.alloc(0);
  let wholeAtMs = Number.NEGATIVE_INFINITY;

  function devicesOf(status: RunStatus, federation: CoordinatorStatus): DashboardDevice[] {
    const views = new Map(federation.devices.map((view) => [view.deviceId, view]));
    if (table.schemes.length > MOST_SCHEMES) {
      table = createSchemeTable();
      toldSchemes = 0;
      toldDevices = new Map();
    }
    return status.devices.flatMap((status) => {
      const view = views.get(status.deviceId);
      if (view === undefined) return [];
      const schemeIndex = table.indexOf(run.schemeOf(status.deviceId));
      const slowdown = steering.slowdownOf(status.deviceId);
      return [describeDevice({ view, status, allowsNames, slowdown, schemeIndex })];
    });
  }

  /** What has changed since the last call. */
  function changes(): DashboardMessage | null {
    const status = run.status();
    const federation = run.federation();
    const figures = describeFigures(run, status, federation, steering.isPaused);
    const devices = devicesOf(status, federation).filter((device) => {
      const text = JSON.stringify(device);
      if (toldDevices.get(device.id) === text) return false;
      toldDevices.set(device.id, text);
      return true;
    });
    const history = run.history.after(toldVersion, toldEvaluationMs);
    const { steps, evaluations } = history;
    const isNews = steps.version.length + evaluations.version.length > 0;
    const { examination } = run;
    const message: DashboardMessage = {
      nowMs: status.elapsedMs,
      ...(JSON.stringify(figures) !== toldFigures && { figures }),
      ...(devices.length > 0 && { devices }),
      ...(table.schemes.length > toldSchemes && { schemes: table.schemes }),
      ...(isNews && { history }),
      ...(examination && examination.version !== toldExamination && { examination }),
    };
    toldFigures = JSON.stringify(figures);
    toldSchemes = table.schemes.length;
    toldVersion = steps.version.at(-1) ?? toldVersion;
    toldEvaluationMs = evaluations.atMs.at(-1) ?? toldEvaluationMs;
    toldExamination = examination?.version ?? -1;
    const now = performance.now();
    if (Object.keys(message).length === 1 && now - toldAtMs < HEARTBEAT_MS) return null;
    toldAtMs = now;
    return message;
  }

  function everything(): DashboardMessage {
    described ??= describeFeed(run, lineUp.groupOf(run), joinUrls());
    const status = run.status();
    const federation = run.federation();
    return {
      run: described,
      nowMs: status.elapsedMs,
      figures: describeFigures(run, status, federation, steering.isPaused),
      devices: devicesOf(status, federation),
      schemes: table.schemes,
      history: run.history.after(-1, -1),
      ...(run.examination && { examination: run.examination }),
    };
  }

  function tick(): void {
    const message = changes();
    wholeAtMs = Number.NEGATIVE_INFINITY;
    if (message === null || viewers.size === 0) return;
    const event = eventOf(message);
    for (const viewer of viewers) {
      if (viewer.writableLength > MOST_UNSENT_BYTES) viewer.destroy();
      else viewer.write(event);
    }
  }

  /** One for all who come within a tick. */
  function wholeNow(): Buffer {
    if (performance.now() - wholeAtMs < EVERY_MS) return whole;
    // The others are told first, so that what comes next is new to all alike.
    tick();
    whole = Buffer.concat([Buffer.from(`retry: ${RETRY_MS}\n`), eventOf(everything())]);
    wholeAtMs = performance.now();
    return whole;
  }

  function leave(viewer: ServerResponse): void {
    viewers.delete(viewer);
    if (viewers.size > 0 || ticker === null) return;
    clearInterval(ticker);
    ticker = null;
    run.setExamining(false);
  }

  return {
    once: createSharedAnswer('application/json; charset=utf-8', () => JSON.stringify(everything())),
    open(response) {
      response.writeHead(200, {
        'Content-Type': 'text/event-stream',
        'Cache-Control': 'no-store',
        'X-Accel-Buffering': 'no',
      });
      response.write(wholeNow());
      viewers.add(response);
      response.on('close', () => leave(response));
      if (ticker !== null) return;
      ticker = setInterval(tick, EVERY_MS);
      ticker.unref();
      run.setExamining(true);
    },
    close() {
      for (const viewer of viewers) viewer.end();
      if (ticker !== null) clearInterval(ticker);
      ticker = null;
    },
  };
}

/** As bytes, which all viewers share until they have taken them. */
function eventOf(message: DashboardMessage): Buffer {
  return Buffer.from(`data: ${JSON.stringify(message)}\n\n`);
}
