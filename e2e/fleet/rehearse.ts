// Plays a lesson with a fleet that has not joined yet: all come within a while, half are slowed down, some reload and some
// sleep, and at the end the teacher pauses the class and everything is counted. Judges nothing (lessonRecord.ts).

import type { Page } from 'playwright';
import type { DeviceState } from '../../client/device/deviceState.ts';
import type { RunStatus } from '../../shared/contract/status.ts';
import type { Fleet } from './fleet.ts';
import { pause } from './interruption.ts';
import { planLesson, type Lesson, type LessonPart } from './lesson.ts';
import type { LessonRecord, PupilRecord } from './lessonRecord.ts';
import type { ServerLink } from './serverLink.ts';
import type { Tab } from './tab.ts';

export interface RehearsalOptions {
  readonly link: ServerLink;
  /** Tabs that join later. */
  readonly fleet: Fleet;
  readonly lesson: Lesson;
  readonly seed: number;
  readonly isInsecure: boolean;
  /** Whoever does not do within this what is waited for has failed. */
  readonly patienceMs: number;
  readonly signal: AbortSignal;
  /** What goes on, now and then. */
  readonly show: (text: string) => void;
}

const POLL_MS = 500;
const SHOW_EVERY_MS = 1000;
/** For messages on their way and updates that are being sent when the class is paused. */
const SETTLE_MS = 30_000;
/** The page says a tenth of a second later what its Worker did; the step that it was in counts for nothing. */
const STEPS_TO_BE_SEEN = 2;

/** The class goes on at full speed afterwards. Rejects, in time, when the signal is aborted. */
export async function rehearse(options: RehearsalOptions): Promise<LessonRecord> {
  const { link, fleet, lesson, signal } = options;
  const parts = planLesson(lesson, fleet.tabs.length, options.seed);
  const before = await link.status();
  const startMs = performance.now();
  const pupils = fleet.tabs.map((tab, i) => createPupil(tab, parts[i]!, startMs, options));
  const all = (act: (pupil: Pupil) => Promise<void>) => Promise.all(pupils.map(act));
  const numSlowedExpected = Math.floor(fleet.tabs.length * lesson.slow.share);
  let scene = 'joining';

  const showing = setInterval(() => {
    const count = (is: (pupil: Pupil) => boolean) => pupils.filter(is).length;
    const seconds = Math.round((performance.now() - startMs) / 1000);
    options.show(
      `${seconds} s · ${scene} · ${count(({ record }) => record.joinedAtMs >= 0)} of ${pupils.length} joined, ${count(({ record }) => record.joinToFirstStepMs >= 0)} trained · ${count(({ record }) => record.isSlowed.includes(true))} slowed · ${count((pupil) => pupil.isAway)} away, ${count(({ record }) => record.trainedAgain)} back at work`,
    );
  }, SHOW_EVERY_MS);
  try {
    await all((pupil) => pupil.join());
    scene = 'slowing half';
    await link.steer({ kind: 'slow', ...lesson.slow });
    await until(
      async () => {
        const states = await Promise.all(pupils.map((pupil) => pupil.read()));
        return states.filter((state) => state && state.pace.slowdown > 1).length === numSlowedExpected;
      },
      SETTLE_MS,
      signal,
    );
    await all((pupil) => pupil.note());
    scene = 'reloads and sleep';
    await all((pupil) => pupil.sufferMishap());
    scene = 'going on';
    const mine = new Set(pupils.map(({ record }) => record.name));
    await until(
      async () => {
        const { devices } = await link.status();
        return devices.filter(({ name, updates }) => mine.has(name) && updates > 0).length >= mine.size;
      },
      options.patienceMs,
      signal,
    );
    scene = 'counting';
    await link.steer({ kind: 'pause', isPaused: true });
    let after = await link.status();
    await until(
      async () => {
        await all((pupil) => pupil.count());
        after = await link.status();
        return pupils.every(({ record }) => isCounted(record, after));
      },
      SETTLE_MS,
      signal,
    );
    await all((pupil) => pupil.note());
    signal.throwIfAborted();
    return {
      pupils: pupils.map(({ record }) => record),
      isInsecure: options.isInsecure,
      numSlowedExpected,
      before,
      after,
    };
  } finally {
    clearInterval(showing);
    // The server may be gone, which has been told then.
    await link.steer({ kind: 'slow', share: 1, factor: 1 }).catch(() => {});
    await link.steer({ kind: 'pause', isPaused: false }).catch(() => {});
  }
}

/** A tab in a lesson, with what is written down of it. */
interface Pupil {
  readonly record: PupilRecord;
  readonly isAway: boolean;
  /** At its time; resolves when it trains, or when it is clear that it will not. */
  join(): Promise<void>;
  sufferMishap(): Promise<void>;
  /** Null where the page does not answer. */
  read(): Promise<DeviceState | null>;
  /** Writes down who it is and how fast it may go. */
  note(): Promise<void>;
  count(): Promise<void>;
}

function createPupil(tab: Tab, part: LessonPart, startMs: number, options: RehearsalOptions): Pupil {
  const { page, plan } = tab;
  const { mishap } = part;
  const { signal } = options;
  const record: PupilRecord = {
    name: plan.name,
    mishap: mishap.kind,
    isSecureContext: null,
    joinedAtMs: -1,
    joinToFirstStepMs: -1,
    deviceIds: [],
    isSlowed: [],
    trainedAgain: false,
    resumes: 0,
    updates: 0,
    failures: [],
  };
  let isAway = false;
  /** As the server counted them before the page was loaded anew. */
  let updatesBefore = 0;

  /** What fails is written down, and the lesson goes on without. */
  async function attempt(what: string, act: () => Promise<void>): Promise<void> {
    try {
      if (!signal.aborted) await act();
    } catch (error) {
      record.failures.push(`${what}: ${(error as Error).message.split('\n')[0]}`);
    }
  }
  async function note(): Promise<void> {
    const state = await readState(page);
    if (!state) return;
    if (state.deviceId !== '') record.deviceIds.push(state.deviceId);
    record.isSlowed.push(state.pace.slowdown > 1);
    record.resumes = state.resumes;
  }
  async function trainAgain(): Promise<void> {
    for (let i = 0; i < STEPS_TO_BE_SEEN; i++) await nextStep(page, options.patienceMs);
    record.trainedAgain = true;
  }
  async function reload(): Promise<void> {
    const told = (await readState(page))?.updates ?? 0;
    const { devices } = await options.link.status();
    // The page of a busy machine may be seconds behind its Worker: the server knows better, and no less.
    updatesBefore = devices.find(({ deviceId }) => deviceId === record.deviceIds[0])?.updates ?? 0;
    if (updatesBefore < told)
      throw new Error(`${told} updates were accepted, and the server counts ${updatesBefore}`);
    isAway = true;
    await tab.reload();
    isAway = false;
    await trainAgain();
  }
  async function sleep(forMs: number): Promise<void> {
    isAway = true;
    await tab.freeze(forMs);
    isAway = false;
    await trainAgain();
  }

  return {
    record,
    get isAway() {
      return isAway;
    },
    join: () =>
      attempt('joining', async () => {
        await pause(part.joinAtMs, signal);
        record.joinedAtMs = performance.now() - startMs;
        await tab.join();
        await page.waitForFunction(() => window.minnow?.state.joinToFirstStepMs >= 0, undefined, {
          polling: POLL_MS,
          timeout: options.patienceMs,
        });
        record.isSecureContext = await page.evaluate(() => isSecureContext);
        const state = await readState(page);
        record.joinToFirstStepMs = state!.joinToFirstStepMs;
        record.deviceIds.push(state!.deviceId);
      }),
    sufferMishap: () =>
      attempt(`coming back from its ${mishap.kind}`, async () => {
        if (mishap.kind === 'none') return;
        await pause(mishap.atMs, signal);
        if (mishap.kind === 'reload') await reload();
        else await sleep(mishap.forMs);
        await note();
      }),
    read: () => readState(page),
    note,
    async count() {
      record.updates = updatesBefore + ((await readState(page))?.updates ?? 0);
      record.failures.push(...tab.failures.filter((failure) => !record.failures.includes(failure)));
    },
  };
}

function isCounted({ deviceIds, updates, mishap }: PupilRecord, { devices }: RunStatus): boolean {
  const counted = devices.find(({ deviceId }) => deviceId === deviceIds[0])?.updates ?? -1;
  return mishap === 'reload' ? counted >= updates : counted === updates;
}

async function readState(page: Page): Promise<DeviceState | null> {
  return page.evaluate(() => window.minnow?.state ?? null).catch(() => null);
}

/** Resolves when the page shows another local step than now. */
async function nextStep(page: Page, timeout: number): Promise<void> {
  const now = await readState(page);
  const seen = { step: now?.step ?? 0, updates: now?.updates ?? 0 };
  await page.waitForFunction(
    ({ step, updates }) => {
      const state = window.minnow?.state;
      return state && (state.updates > updates || (state.step > 0 && state.step !== step));
    },
    seen,
    { polling: POLL_MS / 2, timeout },
  );
}

/** Polls until it holds or the time is up. Rejects with the signal's reason. */
async function until(holds: () => Promise<boolean>, limitMs: number, signal: AbortSignal): Promise<void> {
  const endMs = performance.now() + limitMs;
  while (!(await holds()) && performance.now() < endMs) {
    await pause(POLL_MS, signal);
    signal.throwIfAborted();
  }
  signal.throwIfAborted();
}
