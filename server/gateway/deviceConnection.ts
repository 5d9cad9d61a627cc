// One connection of a device: its place in the order of messages, and what each message leads to.
// Knows the messages and the run; sockets are behind the few functions handed in.

import { toByteView } from '../../shared/contract/codec.ts';
import { deltaBytes } from '../../shared/contract/deltaBytes.ts';
import type {
  AnswerTo,
  Assignment,
  DeviceInfo,
  DeviceMessage,
  Join,
  Refusal,
  TaskInfo,
} from '../../shared/contract/messages.ts';
import {
  parseAttachment,
  parseBudget,
  parseJoin,
  parseProbeHeader,
  parseReady,
  parseUpdateHeader,
} from '../../shared/contract/parseDeviceMessage.ts';
import { createRefusal, ProtocolError } from '../../shared/contract/protocolError.ts';
import type { Pace } from '../../shared/contract/pace.ts';
import { encodeShard } from '../../shared/contract/shardCodec.ts';
import { parametersOf } from '../../shared/engine/model.ts';
import { answerOf } from '../../shared/federation/answerOf.ts';
import type { AssignmentOrder, Effect } from '../../shared/federation/events.ts';
import type { AnswerWhenDurable, DeviceHandlers } from './deviceHandlers.ts';
import type { FaultLog } from '../guard/faultLog.ts';
import type { Newcomer } from '../run/lineUp.ts';
import type { RunForDevices } from '../run/runForDevices.ts';
import type { UntimedEvent } from '../store/durableCoordinator.ts';
import type { Removals } from './removals.ts';
import type { SessionIdentity, SessionTokens } from './sessionToken.ts';

type Reply = (answer: AnswerTo<DeviceMessage, Buffer>) => void;

/** What all connections of a server share. */
export interface DeviceDirectory {
  readonly tokens: SessionTokens;
  readonly faults: FaultLog;
  readonly removals: Removals;
  /** Milliseconds, monotonic. */
  nowMs(): number;
  /** A name that no device had before, and nobody can guess. */
  newDeviceId(): string;
  /** The run that a device joins which names this one; '' names none. Undefined: there is none. */
  dealRun(id: string, newcomer: Newcomer): RunForDevices | undefined;
  /** The connection that speaks for the device from now on; the one before is told that it was superseded. */
  claim(run: RunForDevices, deviceId: string, connection: DeviceConnection): void;
  /** True as long as this connection speaks for the device. */
  holds(run: RunForDevices, deviceId: string, connection: DeviceConnection): boolean;
  release(run: RunForDevices, deviceId: string, connection: DeviceConnection): void;
}

export interface DeviceConnection {
  /** The run joined, null before. */
  readonly run: RunForDevices | null;
  /**
   * Takes in one message; `args` as they came, without the acknowledgement. `reply` is called once, when what the
   * answer tells is durable. Throws ProtocolError for what the device did wrong.
   */
  receive(event: string, args: readonly unknown[], reply: Reply): void;
  /** Delivers an assignment. */
  assign(order: AssignmentOrder): void;
  /** Tells the device how fast it may go. */
  pace(pace: Pace): void;
  /** Tells the device that its session is over and closes the connection. */
  end(refusal: Refusal): void;
  /** Something went wrong here that is no fault of the device's: it is logged, and the connection is closed. */
  fault(error: unknown): void;
  /** The connection is gone. */
  lost(): void;
}

export interface ConnectionOutlet {
  readonly emitAssignment: (assignment: Assignment, blocks: Buffer) => void;
  /** Called at joining: from now on the connection is told of the run's progress. */
  readonly joined: (run: RunForDevices, deviceId: string) => void;
  /** The device has left; the connection is still open. */
  readonly left: () => void;
  readonly emitPace: (pace: Pace) => void;
  readonly end: (refusal: Refusal) => void;
  /** Closes the connection without a word. */
  readonly hangUp: () => void;
}

/**
 * - `new`: only `join` is heard
 * - `joining`: its join is on the way to the disk
 * - `joined`: all but `join` are heard
 * - `over`: left, superseded or gone; nothing is heard any more
 */
type Phase = 'new' | 'joining' | 'joined' | 'over';

/** `origin`: the key that stands for the address of the connection. */
export function createDeviceConnection(
  directory: DeviceDirectory,
  origin: string,
  outlet: ConnectionOutlet,
): DeviceConnection {
  let phase: Phase = 'new';
  let run: RunForDevices | null = null;
  let deviceId = '';
  let join: Join | null = null;

  /** The run named, else that of the session, else the default run: a session may be older than this server's runs. */
  function runOf(wanted: Join, session: SessionIdentity | null): RunForDevices | undefined {
    if (wanted.run !== '') return directory.dealRun(wanted.run, wanted);
    return (session && directory.dealRun(session.run, wanted)) ?? directory.dealRun('', wanted);
  }

  /** A join or a new budget: answered with what `joined` gives, or refused as too small. */
  function joinWith<M extends 'join' | 'budget'>(
    budgetBytes: number,
    device: DeviceInfo,
    joined: () => AnswerTo<M, Buffer>,
  ): AnswerWhenDurable<M> {
    const current = run!;
    const dealtSamples = current.shardOf(deviceId, join!.dataSeed).count;
    const event = { kind: 'deviceJoined', deviceId, budgetBytes, device, origin, dealtSamples } as const;
    const answer = (effects: readonly Effect[]): AnswerTo<M, Buffer> => {
      const refused = effects.find(
        (effect) => effect.kind === 'refuseDevice' && effect.deviceId === deviceId,
      );
      if (refused?.kind === 'refuseDevice') {
        if (phase !== 'joined') directory.release(current, deviceId, connection);
        if (phase === 'joining') {
          phase = 'new';
          run = null;
        }
        return budgetRefusal(refused.smallestBudgetBytes, budgetBytes);
      }
      if (phase === 'over') {
        // Gone while its join was on the way to the disk, so that nobody hears this; whoever took over speaks for itself.
        if (directory.holds(current, deviceId, connection)) forget(current);
        return createRefusal('superseded', 'the connection is gone');
      }
      if (phase === 'joining') {
        phase = 'joined';
        outlet.joined(current, deviceId);
      }
      return joined();
    };
    return { event, answer };
  }

  const handlers: DeviceHandlers = {
    join(message) {
      if (phase !== 'new') throw outOfOrder('join', 'a connection joins once');
      const wanted = parseJoin(message);
      const session = wanted.token === '' ? null : directory.tokens.verify(wanted.token);
      if (wanted.token !== '' && session === null) {
        throw new ProtocolError(
          'badToken',
          'join.token: not signed by this server; join anew without a token',
        );
      }
      const found = runOf(wanted, session);
      if (found === undefined)
        throw new ProtocolError('unknownRun', `join.run: this server has no run "${wanted.run}"`);
      const isHere = session?.run === found.config.id;
      if (isHere && found.isRemoved(session.deviceId))
        throw new ProtocolError(
          'removed',
          'whoever runs this has removed this device; join anew without a token',
        );
      if (found.isEnded) throw new ProtocolError('runEnded', `run "${found.config.id}" has ended`);
      const resumed = isHere && found.isKnown(session.deviceId);
      const waitMs = resumed ? 0 : directory.removals.waitMs(origin, wanted.device, directory.nowMs());
      if (waitMs > 0) {
        const text = `whoever runs this has removed such a device; join anew in ${Math.ceil(waitMs / 1000)} s`;
        throw new ProtocolError('removed', text);
      }

      run = found;
      join = wanted;
      deviceId = resumed ? session.deviceId : directory.newDeviceId();
      phase = 'joining';
      directory.claim(found, deviceId, connection);
      return joinWith<'join'>(wanted.budgetBytes, wanted.device, () => ({
        ok: true,
        token: directory.tokens.sign({ run: found.config.id, deviceId }),
        deviceId,
        run: found.config.id,
        task: taskInfoOf(found),
        version: found.version,
        numDevices: found.numConnected(),
        resumed,
        openAssignment: found.openAssignment(deviceId),
      }));
    },
    shard() {
      const shard = joinedRun('shard').shardOf(deviceId, join!.dataSeed);
      return { ok: true, samples: shard.count, data: Buffer.from(encodeShard(shard).buffer) };
    },
    ready(message) {
      const ready = parseReady(message, numTensorsOf(joinedRun('ready')));
      return { event: { kind: 'deviceReady', deviceId, ...ready }, answer: () => ({ ok: true }) };
    },
    update(message, attachment) {
      const current = joinedRun('update');
      const header = parseUpdateHeader(message, numTensorsOf(current));
      const bytes = parseAttachment(attachment, 'update');
      const sizes = parametersOf(current.task.model).map(({ size }) => size);
      const mostBytes = deltaBytes(sizes, current.config.encoding.up);
      if (bytes.byteLength > mostBytes) {
        const text = `update: a delta of the whole model has ${mostBytes} bytes, this one has ${bytes.byteLength}`;
        throw new ProtocolError('oversized', text);
      }
      const event = { kind: 'updateReceived', deviceId, header, delta: toByteView(bytes) } as const;
      return { event, answer: uploadAnswerOf };
    },
    probe(message) {
      const header = parseProbeHeader(message, numTensorsOf(joinedRun('probe')));
      return { event: { kind: 'probeReceived', deviceId, header }, answer: uploadAnswerOf };
    },
    budget(message) {
      const current = joinedRun('budget');
      const budgetBytes = parseBudget(message);
      join = { ...join!, budgetBytes };
      submit(current, { kind: 'deviceLeft', deviceId });
      return joinWith<'budget'>(budgetBytes, join.device, () => ({ ok: true }));
    },
    leave() {
      const current = joinedRun('leave');
      phase = 'over';
      directory.release(current, deviceId, connection);
      outlet.left();
      const answer = () => {
        current.noteDeparture();
        return { ok: true } as const;
      };
      return { event: { kind: 'deviceLeft', deviceId }, answer };
    },
  };

  /** What follows from the event for this device; a fault in that is this connection's alone. */
  function submit(
    to: RunForDevices,
    event: UntimedEvent,
    answer: (effects: readonly Effect[]) => void = () => {},
  ): void {
    void to.submit(event, (effects) => {
      try {
        answer(effects);
      } catch (error) {
        connection.fault(error);
      }
    });
  }

  function joinedRun(event: string): RunForDevices {
    if (phase !== 'joined')
      throw outOfOrder(event, phase === 'over' ? 'the session is over' : 'join comes first');
    if (run!.isEnded) throw new ProtocolError('runEnded', `run "${run!.config.id}" has ended`);
    return run!;
  }

  function forget(current: RunForDevices): void {
    directory.release(current, deviceId, connection);
    submit(current, { kind: 'deviceLost', deviceId });
  }

  /** From now on nothing is heard; the device is lost, unless another connection speaks for it. */
  function close(): void {
    const wasJoined = phase === 'joined';
    phase = 'over';
    if (wasJoined && directory.holds(run!, deviceId, connection)) forget(run!);
  }

  const isMessage = (name: string): name is DeviceMessage => Object.hasOwn(handlers, name);

  const connection: DeviceConnection = {
    get run() {
      return run;
    },
    receive(event, args, reply) {
      if (!isMessage(event))
        throw new ProtocolError('malformed', `there is no message "${event.slice(0, 50)}"`);
      const outcome = handlers[event](...args);
      if (!('event' in outcome)) return reply(outcome);
      submit(run!, outcome.event, (effects) => reply(outcome.answer(effects)));
    },
    assign({ assignmentId, baseVersion, scheme, localWork, probe, encoding, seed, blocks }) {
      const assignment: Assignment = {
        assignmentId,
        baseVersion,
        scheme,
        localWork,
        ...(probe && { probe }),
        seed,
        encoding,
        blocks: blocks.map(({ tensor, version, precision, part }) => ({ tensor, version, precision, part })),
      };
      outlet.emitAssignment(
        assignment,
        Buffer.concat(blocks.map((block) => run!.encodeBlock(block, scheme))),
      );
    },
    pace: (pace) => outlet.emitPace(pace),
    end(refusal) {
      if (refusal.code === 'removed' && join) directory.removals.note(origin, join.device, directory.nowMs());
      close();
      outlet.end(refusal);
    },
    fault(error) {
      directory.faults.report(`a connection of device ${deviceId || 'that has not joined'}`, error);
      run?.countRefusal('internal');
      try {
        close();
      } catch (another) {
        directory.faults.report('closing a connection', another);
      }
      // Without a refusal, which would stop an honest device for good: it comes back and goes on.
      outlet.hangUp();
    },
    lost: close,
  };
  return connection;
}

function outOfOrder(event: string, why: string): ProtocolError {
  return new ProtocolError('outOfOrder', `${event} is out of order: ${why}`);
}

function budgetRefusal(smallestBudgetBytes: number, budgetBytes: number): Refusal {
  return createRefusal(
    'budgetTooSmall',
    `no part of the model can be trained in ${budgetBytes} bytes; the smallest budget that would do is ${smallestBudgetBytes}`,
    { smallestBudgetBytes },
  );
}

function uploadAnswerOf(effects: readonly Effect[]): AnswerTo<'update' | 'probe'> {
  for (const effect of effects) {
    if (effect.kind === 'answerUpdate' || effect.kind === 'answerProbe') return answerOf(effect.outcome);
  }
  throw new Error('internal: an upload without an answer');
}

function numTensorsOf({ task }: RunForDevices): number {
  return parametersOf(task.model).length;
}

function taskInfoOf({ task }: RunForDevices): TaskInfo {
  const { id, title, model, classes, inputs, scale, offset, metric, table } = task;
  return { id, title, model, classes, inputs, scale, offset, metric, ...(table ? { table } : {}) };
}
