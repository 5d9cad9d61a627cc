// `npm run fleet -- --profile classroom`: a lesson rehearsed from start to end, on a server of its own or on one that is
// there, and what was not as it should be.

import { setMaxListeners } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expectOutputFile } from '../../server/commands/outputFile.ts';
import { flagsToRun } from '../../shared/settings/runSetup.ts';
import type { SettingFlags } from '../../server/settings/flags.ts';
import { startServer } from '../../server/startServer.ts';
import { formatScore, METRIC_NAMES } from '../../shared/tasks/metric.ts';
import { parseProfiles } from './deviceProfile.ts';
import type { DeviceProfile } from './deviceProfile.ts';
import { openFleet } from './fleet.ts';
import { createInterruption } from './interruption.ts';
import type { Lesson } from './lesson.ts';
import { CLASSROOM } from './lesson.ts';
import { findProblems, quantile } from './lessonRecord.ts';
import type { LessonRecord } from './lessonRecord.ts';
import { planTabs } from './planTabs.ts';
import { createProgressLine } from './progressLine.ts';
import { rehearse } from './rehearse.ts';
import { openServerLink } from './serverLink.ts';

export interface RehearsalFlags {
  /** Default: 30. */
  readonly tabs?: number;
  /** The link to steer of a server that is there; default: one of its own. */
  readonly server?: string;
  readonly run?: string;
  readonly json?: string;
}

const NUM_TABS = 30;
const SEED = 1;
/** Of the server's own run, as `npm start` has it. */
export const TEMPO_SECONDS = 2;
const PATIENCE_MS = 90_000;
/** A name for this machine that browsers take for another's: plain http under it is no secure context, as on a school's network. */
const INSECURE_HOST = 'minnow.test';
const PROFILES = new URL('../profiles/classroom.json', import.meta.url);

/** Resolves to the exit code: 0 where everything was as it should be. */
export async function rehearseClassroom(flags: RehearsalFlags, settings: SettingFlags): Promise<number> {
  expectOutputFile('--json', flags.json);
  const signal = createInterruption();
  // Each tab waits for its time.
  setMaxListeners(0, signal);
  const started = performance.now();
  const line = createProgressLine();
  const own = flags.server === undefined ? await startOwnServer(settings) : null;
  if (own) console.error(`Watch: ${own.address}`);
  try {
    const record = await rehearseLesson({
      address: flags.server ?? own!.address,
      run: flags.run ?? '',
      lesson: CLASSROOM,
      numTabs: flags.tabs ?? NUM_TABS,
      patienceMs: PATIENCE_MS,
      signal,
      show: line.show,
    }).finally(line.end);
    const report = reportOf(record, (performance.now() - started) / 1000);
    console.log(describe(report));
    if (flags.json) writeFileSync(flags.json, `${JSON.stringify(report, null, 2)}\n`);
    for (const problem of report.problems) console.error(problem);
    if (report.problems.length > 0)
      console.error(`The rehearsal failed: see the ${report.problems.length} above.`);
    return report.problems.length > 0 ? 1 : 0;
  } finally {
    await own?.close();
  }
}

export interface LessonOptions {
  /** The server's link to steer. */
  readonly address: string;
  readonly run: string;
  readonly lesson: Lesson;
  readonly numTabs: number;
  readonly patienceMs: number;
  readonly signal: AbortSignal;
  /** What goes on, now and then. */
  readonly show?: (text: string) => void;
}

/** Rehearses with tabs on an insecure origin, or on the server's https. All tabs have ended when it resolves. */
export async function rehearseLesson(options: LessonOptions): Promise<LessonRecord> {
  const { lesson, numTabs, signal, show = () => {} } = options;
  const link = await openServerLink(options.address, options.run);
  try {
    if (!link.maySteer)
      throw new Error(
        'The lesson slows devices down: --server must be the link to steer, .../dashboard#token=...',
      );
    const { hostname, port, protocol, pathname, search } = new URL(link.address);
    const isInsecure = protocol === 'http:';
    if (isInsecure && !(await knowsName(hostname, port)))
      throw new Error(
        `The tabs come to http://${INSECURE_HOST}, as to a school's plain http: start the server with --allow-host ${INSECURE_HOST}.`,
      );
    const fleet = await openFleet({
      server: isInsecure ? `http://${INSECURE_HOST}:${port || 80}${pathname}${search}` : link.address,
      run: options.run || (await link.status()).id,
      plans: planTabs(readProfiles(), numTabs).map((plan) => ({ ...plan, followsTempo: true })),
      args: isInsecure ? [`--host-resolver-rules=MAP ${INSECURE_HOST} ${hostname}`] : [],
      sharesStorage: (index) => index > 0 && index < lesson.numSharing,
      joinsLater: true,
      onOpened: (numOpen) => show(`opening tabs: ${numOpen} of ${numTabs}`),
      signal,
    });
    try {
      const { patienceMs } = options;
      const lessonOver = rehearse({ link, fleet, lesson, seed: SEED, isInsecure, patienceMs, signal, show });
      return await Promise.race([lessonOver, rejected(signal)]);
    } finally {
      await fleet.close();
    }
  } finally {
    await link.close();
  }
}

/** Whether the server answers under the name that the tabs go by. */
function knowsName(hostname: string, port: string): Promise<boolean> {
  const headers = { host: INSECURE_HOST };
  return new Promise((resolve, reject) => {
    get({ hostname, port, path: '/api/health', headers }, (answer) =>
      resolve(answer.resume().statusCode === 200),
    ).on('error', reject);
  });
}

/** As `npm start` would, in a folder that goes with it. */
async function startOwnServer(settings: SettingFlags) {
  const runsDir = mkdtempSync(join(tmpdir(), 'minnow-rehearsal-'));
  const { config, data } = flagsToRun('rehearsal', { tempo: TEMPO_SECONDS, ...settings }, null);
  const server = await startServer({
    runs: [config],
    runsDir,
    host: '127.0.0.1',
    allowedHosts: [INSECURE_HOST],
    ...data,
  });
  return {
    address: `${server.url}/dashboard#token=${server.adminToken}`,
    async close() {
      await server.close();
      rmSync(runsDir, { recursive: true, force: true });
    },
  };
}

/** Of the devices alone: who is slow and who is away is the lesson's to say. */
function readProfiles(): DeviceProfile[] {
  const profiles = parseProfiles(JSON.parse(readFileSync(PROFILES, 'utf8')));
  return profiles.map(({ name, budgetBytes, flopsPerSecond, network, share }) => ({
    name,
    budgetBytes,
    flopsPerSecond,
    network,
    share,
  }));
}

function reportOf(record: LessonRecord, seconds: number) {
  const { pupils, before, after } = record;
  const firstStepsMs = pupils.map(({ joinToFirstStepMs }) => joinToFirstStepMs).filter((ms) => ms >= 0);
  const joinedAtMs = pupils.map((pupil) => pupil.joinedAtMs);
  const names = new Set(pupils.map(({ name }) => name));
  const roundedQuantile = (share: number): number => Math.round(quantile(firstStepsMs, share));
  return {
    tabs: pupils.length,
    devices: after.devices.filter(({ name }) => names.has(name)).length,
    isSecureContext: !record.isInsecure,
    joinedWithinMs: Math.round(Math.max(...joinedAtMs) - Math.min(...joinedAtMs)),
    joinToFirstStepMs: { p50: roundedQuantile(0.5), p95: roundedQuantile(0.95), most: roundedQuantile(1) },
    reloaded: pupils.filter(({ mishap }) => mishap === 'reload').length,
    slept: pupils.filter(({ mishap }) => mishap === 'sleep').length,
    slowed: pupils.filter(({ isSlowed }) => isSlowed.at(-1)).length,
    resumes: after.resumes - before.resumes,
    versions: after.version - before.version,
    updates: after.accepted - before.accepted,
    metric: after.metric,
    score: after.score,
    seconds: Math.round(seconds),
    problems: findProblems(record),
    pupils,
  };
}

function describe(report: ReturnType<typeof reportOf>): string {
  const { p50, p95, most } = report.joinToFirstStepMs;
  const score = `${METRIC_NAMES[report.metric]} ${formatScore(report.metric, report.score)}`;
  return [
    `${report.tabs} tabs came within ${(report.joinedWithinMs / 1000).toFixed(1)} s, ${report.isSecureContext ? 'on https' : 'in no secure context'}; the server has ${report.devices} devices of them`,
    `from opening the page to the first local step: ${p50} ms in the median, ${p95} ms for 95 %, ${most} ms at most`,
    `${report.slowed} slowed down live, ${report.reloaded} reloaded, ${report.slept} slept; ${report.resumes} sessions resumed`,
    `${report.updates} updates, ${report.versions} versions, ${score}, in ${report.seconds} s`,
  ].join('\n');
}

function rejected(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const tell = (): void => reject(signal.reason as Error);
    if (signal.aborted) tell();
    else signal.addEventListener('abort', tell, { once: true });
  });
}
