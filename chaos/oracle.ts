// Hears all that servers tell devices, in every life of the run, and holds it against what they have counted.

import { toByteView } from '../shared/contract/codec.ts';
import type {
  Answer,
  Assignment,
  Joined,
  RefusalCode,
  UpdateAnswer,
  UpdateHeader,
} from '../shared/contract/messages.ts';
import type { Parameters } from '../shared/engine/model.ts';
import type { RunConfig } from '../shared/federation/config.ts';
import type { LiveRun } from '../server/run/liveRun.ts';
import type { Invariants } from './invariants.ts';
import type { Watch } from './observedCoordinator.ts';
import type { Process } from './process.ts';
import type { ChaosWorld } from './world.ts';

/** What is looked at of a server process. */
interface WatchedServer {
  readonly process: Process;
  readonly run: LiveRun;
}

interface Told {
  readonly version: number;
  readonly staleness: number;
  readonly deviceId: string;
}

/** None of these may follow where the same upload was taken in. */
const CONTRADICTIONS: ReadonlySet<RefusalCode> = new Set([
  'leaseExpired',
  'stale',
  'unknownAssignment',
  'wrongLength',
  'notFinite',
  'tooLarge',
]);

export interface Oracle {
  /** The server has answered a message. */
  answered(name: string, carried: readonly unknown[], answer: unknown, isAgain: boolean): void;
  /** The server gives out work. */
  assigned(assignment: Assignment, deviceId: string): void;
  /** A server is up: what was told before holds in it. `hasLost`: it has said that something is lost. */
  started(server: WatchedServer, hasLost: boolean): void;
  /** After each event. */
  check(server: WatchedServer | null): void;
  /** What the model was at the version that the assignment builds on. */
  baseOf(assignmentId: string): Parameters | null;
  fault(process: Process, text: string): void;
  readonly numAcknowledged: number;
}

export function createOracle(
  world: ChaosWorld,
  invariants: Invariants,
  watch: Watch,
  config: RunConfig,
): Oracle {
  /** By assignment: what was answered to its update. */
  const told = new Map<string, Told>();
  /** By device: what of it was acknowledged last. No server remembers all of them. */
  const newestOf = new Map<string, string>();
  const given = new Map<string, { readonly deviceId: string; readonly base: Parameters | null }>();
  let newestTold = 0;
  let numSteps = 0;
  let checkedEvents = 0;

  function tellVersion(version: number, where: string): void {
    if (version > watch.record.version)
      invariants.broken(
        'versionNeverGoesBack',
        `${where} tells of version ${version}, the run is at ${watch.record.version}`,
      );
    newestTold = Math.max(newestTold, version);
  }

  function uploadAnswered({ assignmentId }: UpdateHeader, answer: Answer<UpdateAnswer>): void {
    const before = told.get(assignmentId);
    if (!answer.ok) {
      if (before && CONTRADICTIONS.has(answer.code) && newestOf.get(before.deviceId) === assignmentId)
        invariants.broken(
          'answersHold',
          `${assignmentId} was taken in, and is then refused as ${answer.code}`,
        );
      return;
    }
    const { version, staleness, duplicate } = answer;
    if (!watch.record.counted.has(assignmentId))
      invariants.broken('countsOnce', `${assignmentId} is acknowledged and was not taken in`);
    world.count(duplicate ? 'repeated' : 'acknowledged');
    tellVersion(version, `the answer to ${assignmentId}`);
    if (before && (before.version !== version || before.staleness !== staleness))
      invariants.broken(
        'answersHold',
        `${assignmentId} is answered as of version ${version}, before as of ${before.version}`,
      );
    if (before && !duplicate) invariants.broken('countsOnce', `${assignmentId} is acknowledged as new twice`);
    const deviceId = given.get(assignmentId)?.deviceId ?? '';
    if (!before) newestOf.set(deviceId, assignmentId);
    told.set(assignmentId, before ?? { version, staleness, deviceId });
  }

  return {
    get numAcknowledged() {
      return told.size;
    },
    answered(name, carried, answer, isAgain) {
      if (isAgain) invariants.broken('answersHold', `${name} is answered twice`);
      const { ok } = answer as { readonly ok: boolean };
      if (name === 'update' && isHeader(carried[0]))
        uploadAnswered(carried[0], answer as Answer<UpdateAnswer>);
      if (name === 'join' && ok) tellVersion((answer as Joined).version, 'a join');
    },
    assigned({ assignmentId, baseVersion, blocks }, deviceId) {
      const known = given.get(assignmentId);
      if (known)
        invariants.broken(
          'answersHold',
          `${assignmentId} is given out twice, to ${known.deviceId} and ${deviceId}`,
        );
      tellVersion(baseVersion, assignmentId);
      for (const { version } of blocks) tellVersion(version, `a block of ${assignmentId}`);
      const { version, parameters } = watch.record;
      // What is told when its event is durable may be older than what was taken in meanwhile.
      given.set(assignmentId, { deviceId, base: version === baseVersion ? parameters : null });
    },
    started({ run }, hasLost) {
      const { counted, version } = watch.record;
      if (hasLost) {
        for (const assignmentId of told.keys()) if (!counted.has(assignmentId)) told.delete(assignmentId);
        given.clear();
        newestTold = Math.min(newestTold, version);
      }
      for (const assignmentId of told.keys())
        if (!counted.has(assignmentId))
          invariants.broken('countsOnce', `${assignmentId} was acknowledged, and is lost`);
      if (version < newestTold)
        invariants.broken(
          'versionNeverGoesBack',
          `version ${newestTold} was told, and the run goes on at ${version}`,
        );
      if (run.version !== version)
        invariants.broken('restoredAsItWas', `version ${run.version} in place of ${version}`);
    },
    check(server) {
      // Nothing else changes what a coordinator knows.
      if (server?.process.isAlive && watch.numEvents !== checkedEvents) checkRun(server);
      checkedEvents = watch.numEvents;
      invariants.expectHeld();
    },
    baseOf: (assignmentId) => given.get(assignmentId)?.base ?? null,
    fault(process, text) {
      if (process.isAlive) invariants.broken('noFault', text);
    },
  };

  function checkRun({ run }: WatchedServer): void {
    const { counted, buffered, version, givenAtMs } = watch.record;
    const status = run.federation();
    if (status.accepted !== counted.size)
      invariants.broken(
        'countsOnce',
        `${counted.size} updates were taken in, and ${status.accepted} are counted`,
      );
    if (status.buffered !== buffered.length)
      invariants.broken(
        'countsOnce',
        `${buffered.length} updates wait for the step, and ${status.buffered} are told`,
      );
    if (version > numSteps) world.count('steps', version - numSteps);
    numSteps = version;
    if (status.version !== version)
      invariants.broken('versionNeverGoesBack', `version ${status.version}, not ${version}`);
    const here = status.devices.filter(({ presence }) => presence !== 'gone');
    if (status.assignmentsOut > here.length)
      invariants.broken(
        'leasesEnd',
        `${status.assignmentsOut} assignments are out to ${here.length} devices`,
      );
    const nowMs = watch.record.atMs;
    for (const { openAssignment, presence, deviceId } of status.devices) {
      if (openAssignment === '') continue;
      if (presence === 'gone')
        invariants.broken('leasesEnd', `${deviceId} is gone and holds ${openAssignment}`);
      const heldMs = nowMs - (givenAtMs.get(openAssignment) ?? nowMs);
      if (heldMs > config.leaseMs + config.graceMs)
        invariants.broken('leasesEnd', `${deviceId} has held ${openAssignment} for ${heldMs} ms`);
    }
    const most = mostBuffered(config, here.length);
    if (status.buffered > most)
      invariants.broken('memoryIsBounded', `${status.buffered} updates wait for a step of at most ${most}`);
    if (status.devices.length > here.length + MOST_GONE)
      invariants.broken('memoryIsBounded', `${status.devices.length} devices are remembered`);
  }
}

/** Those that contributed, and those that did not (presence.ts). */
const MOST_GONE = 1024 + 256;

function mostBuffered({ strategy: { trigger }, concurrency }: RunConfig, here: number): number {
  return trigger.kind === 'cohort' ? Math.max(trigger.size, concurrency) : Math.max(trigger.size, here, 1);
}

function isHeader(value: unknown): value is UpdateHeader {
  return (
    typeof value === 'object' && value !== null && typeof (value as UpdateHeader).assignmentId === 'string'
  );
}

/** Whether the bytes of the blocks are those of the parameters: float32, all of each tensor. */
export function areBlocksOf(parameters: Parameters, { blocks }: Assignment, bytes: Uint8Array): boolean {
  let offset = 0;
  for (const { tensor } of blocks) {
    const values = toByteView(parameters[tensor]!.slice().buffer);
    for (let i = 0; i < values.length; i++) if (values[i] !== bytes[offset + i]) return false;
    offset += values.length;
  }
  return offset === bytes.length;
}
