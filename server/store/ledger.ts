// The ledger of a run: what status pages and files tell of devices beyond the coordinator's own figures.
// Follows from the journal alone, so a restart finds it as it was. Knows nothing of sockets.

import type { Effect } from '../../shared/federation/events.ts';
import { median } from '../../shared/federation/policies/median.ts';
import type { JournalEntry } from './journalEntry.ts';

/** Step times remembered of a device; the median is over these. */
const MAX_STEP_TIMES = 101;

export interface DeviceAccount {
  /** Order of joining, from 0. */
  readonly index: number;
  hasLeft: boolean;
  /** Whoever runs this has taken its place from it. */
  isRemoved: boolean;
  /** What it knows of the run may be lost: it is to join as a new device. */
  isForgotten?: true;
  /** Payload of its assignments (blocks). */
  bytesDown: number;
  /** Payload of its updates (deltas), refused and repeated ones included. */
  bytesUp: number;
  /** Milliseconds of a local step, one value an update, newest last. */
  stepTimesMs: number[];
  /** When each of them came. */
  stepTimesAtMs: number[];
  /** Local steps that took longer than planned, summed over its updates. */
  overruns: number;
}

/** Data only: goes into checkpoints as it is. */
export interface Ledger {
  readonly devices: Map<string, DeviceAccount>;
  /** Devices that ever joined: the next one's index. */
  numJoined: number;
  /** Payload of those that are forgotten. */
  readonly forgotten: { bytesDown: number; bytesUp: number };
  /** Sessions that came back: after a lost connection, a reload or a server restart. */
  resumes: number;
  /** Times that a server opened the run, the first time included. */
  starts: number;
  /** Evaluations made. */
  evaluations: number;
  /** Time of the newest entry. */
  atMs: number;
}

export function createLedger(): Ledger {
  return {
    devices: new Map(),
    numJoined: 0,
    forgotten: { bytesDown: 0, bytesUp: 0 },
    resumes: 0,
    starts: 0,
    evaluations: 0,
    atMs: 0,
  };
}

/** Enters one journal entry and what the coordinator made of it. */
export function enterInLedger(ledger: Ledger, entry: JournalEntry, effects: readonly Effect[]): void {
  ledger.atMs = entry.atMs;
  if (entry.kind === 'serverStarted') ledger.starts++;
  if (entry.kind === 'evaluated') ledger.evaluations++;
  if (entry.kind === 'deviceJoined') {
    const isRefused = effects.some(
      (effect) => effect.kind === 'refuseDevice' && effect.deviceId === entry.deviceId,
    );
    enterJoin(ledger, entry.deviceId, isRefused);
  }
  const account = 'deviceId' in entry ? ledger.devices.get(entry.deviceId) : undefined;
  if ((entry.kind === 'deviceLeft' || entry.kind === 'deviceRemoved') && account) {
    account.hasLeft = true;
    account.isRemoved ||= entry.kind === 'deviceRemoved';
  }
  if (entry.kind === 'updateRefused' && account) account.bytesUp += entry.bytes;
  if (entry.kind === 'updateReceived' && account) {
    account.bytesUp += entry.delta.byteLength;
    const answer = effects.find((effect) => effect.kind === 'answerUpdate');
    if (answer?.outcome.accepted && !answer.outcome.duplicate) {
      account.overruns += entry.header.overruns;
      account.stepTimesMs = [...account.stepTimesMs, entry.header.stepMs].slice(-MAX_STEP_TIMES);
      account.stepTimesAtMs = [...account.stepTimesAtMs, entry.atMs].slice(-MAX_STEP_TIMES);
    }
  }
  for (const effect of effects) {
    if (effect.kind === 'forgotten') forget(ledger, effect.deviceId);
    if (effect.kind !== 'assign') continue;
    const receiver = ledger.devices.get(effect.order.deviceId);
    if (receiver === undefined)
      throw new Error(`internal: ${effect.order.deviceId} has work but never joined`);
    for (const block of effect.order.blocks) receiver.bytesDown += block.bytes;
  }
}

/** Whoever contributed keeps its account, and who was removed stays known by it. */
function forget(ledger: Ledger, deviceId: string): void {
  const account = ledger.devices.get(deviceId);
  if (!account || account.isRemoved || account.stepTimesMs.length > 0) return;
  ledger.forgotten.bytesDown += account.bytesDown;
  ledger.forgotten.bytesUp += account.bytesUp;
  ledger.devices.delete(deviceId);
}

/** 0 before the first update. */
export function medianStepMs(account: DeviceAccount): number {
  return account.stepTimesMs.length > 0 ? median(account.stepTimesMs) : 0;
}

/** One whose budget is too small for any scheme does not take part: as a new device it gets no account. */
function enterJoin(ledger: Ledger, deviceId: string, isRefused: boolean): void {
  const known = ledger.devices.get(deviceId);
  if (known !== undefined) {
    // After leaving, a join is a new budget or a new start, not a session that came back.
    if (!known.hasLeft) ledger.resumes++;
    known.hasLeft = isRefused;
  } else if (!isRefused) {
    const index = ledger.numJoined++;
    ledger.devices.set(deviceId, {
      index,
      hasLeft: false,
      isRemoved: false,
      bytesDown: 0,
      bytesUp: 0,
      stepTimesMs: [],
      stepTimesAtMs: [],
      overruns: 0,
    });
  }
}
