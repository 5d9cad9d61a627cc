// The other end of a session for tests of the order of things: records what a device sends, answers as it is told to,
// gives the next assignment when the test says so. In memory, without sockets.

import type {
  Answer,
  AnswerTo,
  Assignment,
  CarriedBy,
  DeviceMessage,
  Holding,
  Join,
  Joined,
  Progress,
  ProbeHeader,
  Refusal,
  UpdateAnswer,
  UpdateHeader,
} from '../../../shared/contract/messages.ts';
import type { DeviceParts } from '../deviceParts.ts';
import type { Pace } from '../../../shared/contract/pace.ts';
import type { SessionEvents } from '../session.ts';
import { SMALL_TASK, smallShardData } from '../../../shared/localWork/testing/smallTask.ts';

const SAMPLES = 20;

export interface ScriptedServer {
  readonly openSession: DeviceParts['openSession'];
  /** All messages in order, e.g. `join`, `shard`, `ready`, `update a1`. */
  readonly log: string[];
  readonly joins: Join[];
  readonly held: Holding[];
  /** `delta`: the bytes as float32. */
  readonly updates: {
    readonly header: UpdateHeader;
    readonly bytes: Uint8Array;
    readonly delta: Float32Array;
  }[];
  readonly probes: ProbeHeader[];
  /** What the next joins are told; may be a refusal. */
  joinAnswer: (join: Join) => Answer<Joined>;
  /** What updates and probes are told; null: the connection is lost before the answer. */
  updateAnswer: (header: UpdateHeader | ProbeHeader) => Answer<UpdateAnswer> | null;
  /** Called in the very turn in which an update's answer has come; null: answers come at once. */
  answered: (() => void) | null;
  budgetAnswer: AnswerTo<'budget'>;
  assign(assignment: Assignment, blocks: ArrayBuffer): Promise<boolean>;
  pace(pace: Pace): void;
  progress(progress: Progress): void;
  lose(): void;
  /** A lost connection comes back: the device joins again. */
  restore(): void;
  end(refusal: Refusal): void;
}

/** Of each message but `join`. */
type Answers = {
  readonly [M in Exclude<DeviceMessage, 'join'>]: (...carried: CarriedBy<M>) => Promise<AnswerTo<M> | null>;
};

export function createScriptedServer(): ScriptedServer {
  let events: SessionEvents;
  let isConnected = false;

  function connect(): void {
    isConnected = true;
    server.log.push('join');
    const join = events.join();
    server.joins.push(join);
    const answer = server.joinAnswer(join);
    if (answer.ok) return events.joined(answer);
    isConnected = false;
    events.refused(answer);
  }

  function answer<T>(message: string, value: T): Promise<T | null> {
    if (!isConnected) return Promise.resolve(null);
    server.log.push(message);
    return Promise.resolve(value);
  }

  const answers: Answers = {
    shard: () => answer('shard', { ok: true, samples: SAMPLES, data: smallShardData(SAMPLES) }),
    ready(ready) {
      server.held.push(ready);
      return answer('ready', { ok: true });
    },
    update(header, delta) {
      const floats = new Float32Array(delta.slice(0, delta.byteLength - (delta.byteLength % 4)));
      server.updates.push({ header, bytes: new Uint8Array(delta), delta: floats });
      const given = server.updateAnswer(header);
      server.log.push(`update ${header.assignmentId}`);
      if (!given) server.lose();
      const { answered } = server;
      if (!answered) return Promise.resolve(given);
      return new Promise((resolve) =>
        setTimeout(() => {
          resolve(given);
          answered();
        }, 0),
      );
    },
    probe(header) {
      server.probes.push(header);
      return answer(`probe ${header.assignmentId}`, server.updateAnswer(header));
    },
    budget: (budgetBytes) => answer(`budget ${budgetBytes}`, server.budgetAnswer),
    leave: () => answer('leave', { ok: true }),
  };

  const server: ScriptedServer = {
    log: [],
    joins: [],
    held: [],
    updates: [],
    probes: [],
    joinAnswer: ({ token }) => joinedAs('d1', { resumed: token !== '' }),
    updateAnswer: () => ({ ok: true, version: 1, staleness: 0, duplicate: false }),
    answered: null,
    budgetAnswer: { ok: true },
    openSession(_, sessionEvents) {
      events = sessionEvents;
      queueMicrotask(connect);
      return {
        bytesDown: 0,
        bytesUp: 0,
        request: (message, ...carried) => answers[message](...carried),
        connect,
        close() {
          isConnected = false;
        },
      };
    },
    assign: (assignment, blocks) =>
      new Promise((resolve) => events.assignment(assignment, blocks, ({ ok }) => resolve(ok))),
    pace: (pace) => events.pace(pace),
    progress: (progress) => events.progress(progress),
    lose() {
      isConnected = false;
      events.lost();
    },
    restore: connect,
    end(refusal) {
      isConnected = false;
      events.refused(refusal);
    },
  };
  return server;
}

export function joinedAs(deviceId: string, change: Partial<Joined> = {}): Answer<Joined> {
  return {
    ok: true,
    token: `token of ${deviceId}`,
    deviceId,
    run: 'test',
    task: SMALL_TASK,
    version: 0,
    numDevices: 1,
    resumed: false,
    openAssignment: '',
    ...change,
  };
}
