// One server of the simulation, from its start to its end: the live run and the gateway's handlers as they are, over the
// simulated disk, clock and connections.

import type { EvaluationResult } from '../shared/evaluate/evaluationMessages.ts';
import type { EvaluatorOptions } from '../server/evaluate/evaluator.ts';
import { createDeviceConnection, type DeviceDirectory } from '../server/gateway/deviceConnection.ts';
import { createHolders } from '../server/gateway/holders.ts';
import { createFaultLog } from '../server/guard/faultLog.ts';
import { createLineUp } from '../server/run/lineUp.ts';
import { listenTo, type HeardSocket } from '../server/gateway/listenTo.ts';
import { openLiveRun, type LiveRun } from '../server/run/liveRun.ts';
import type { Coordinators } from '../server/run/liveRunOptions.ts';
import { createRemovals } from '../server/gateway/removals.ts';
import { createSessionTokens } from '../server/gateway/sessionToken.ts';
import { TINY_TASK } from '../server/testing/tinyTask.ts';
import type { RunConfig } from '../shared/federation/config.ts';
import type { SelectScheme } from '../shared/federation/selectScheme.ts';
import { createSelector } from '../shared/selection/createSelector.ts';
import type { Dataset } from '../shared/tasks/task.ts';
import type { Acknowledge, Connection, Listener } from './network.ts';
import type { Oracle } from './oracle.ts';
import type { Process } from './process.ts';
import { ProcessEnded } from './processEnded.ts';

export const RUN_FOLDER = '/runs/chaos';
const { model } = TINY_TASK;
/** Made once: what it finds is the same for all. */
const selectScheme: SelectScheme = createSelector(model, { batch: TINY_TASK.localWork.batch });
const SECRET = new Uint8Array(32).fill(7);
/** Nobody looks at what is in them. */
const SHARDS: readonly Dataset[] = [emptyShard(10), emptyShard(6), emptyShard(12)];
const FLOOD_LIMITS = { perSecond: 100, burst: 200, patience: 20 };
const MOST_JOURNAL_BYTES = 16 * 1024;
const EVALUATE_EVERY_MS = 1500;

function emptyShard(count: number): Dataset {
  return { count, inputs: new Uint8Array(count * 4), labels: new Uint8Array(count), groups: null };
}

export interface ServerProcess {
  readonly process: Process;
  readonly run: LiveRun;
  /** Connections of devices that have joined, and not gone. */
  readonly numJoined: number;
  accept(connection: Connection, origin: string): Listener | null;
}

export interface ServerStart {
  readonly process: Process;
  readonly oracle: Oracle;
  readonly config: RunConfig;
  readonly coordinators: Coordinators;
  readonly acceptsLoss: boolean;
  readonly newDeviceId: () => string;
  readonly checkpointEverySteps: number;
  /** The run cannot go on. */
  readonly onFailure: (error: Error) => void;
}

/** Rejects as `openLiveRun` does. */
export async function startServerProcess(start: ServerStart): Promise<ServerProcess> {
  const { process, oracle, config } = start;
  const { machine } = process;
  const run = await openLiveRun({
    config,
    folder: RUN_FOLDER,
    task: TINY_TASK,
    test: SHARDS[0]!,
    shards: SHARDS,
    selectScheme,
    evaluateEveryMs: EVALUATE_EVERY_MS,
    checkpointEverySteps: start.checkpointEverySteps,
    checkpointEveryBytes: MOST_JOURNAL_BYTES,
    acceptsLoss: start.acceptsLoss,
    limits: { targetScore: 0, maxVersions: 0 },
    machine,
    coordinators: start.coordinators,
    openEvaluator: (options) => evaluatorOf(process, options),
    onFailure(error) {
      if (process.isAlive) start.onFailure(error);
    },
  });
  const faults = createFaultLog((text) => oracle.fault(process, text), machine.nowMs);
  const lineUp = createLineUp([[run]]);
  const holders = createHolders();
  holders.attach(run, lineUp.steeringOf(run));
  const joined = new Set<Connection>();
  const directory: DeviceDirectory = {
    ...holders,
    tokens: createSessionTokens(SECRET),
    faults,
    removals: createRemovals(),
    nowMs: machine.nowMs,
    newDeviceId: start.newDeviceId,
    dealRun: lineUp.deal,
  };

  return {
    process,
    run,
    get numJoined() {
      return joined.size;
    },
    accept(connection, origin) {
      if (!process.isAlive || run.isEnded) return null;
      const socket = socketOver(connection, process, oracle);
      const device = createDeviceConnection(directory, origin, {
        emitAssignment(assignment, blocks) {
          if (!process.isAlive) return;
          oracle.assigned(assignment, joinedAs);
          connection.say('assignment', [assignment, blocks]);
        },
        joined(_, deviceId) {
          joinedAs = deviceId;
          joined.add(connection);
        },
        left: () => joined.delete(connection),
        emitPace() {},
        end(refusal) {
          if (process.isAlive) connection.say('ended', [refusal]);
          socket.disconnect();
        },
        hangUp: () => socket.disconnect(),
      });
      let joinedAs = '';
      listenTo(socket, {
        connection: device,
        limits: FLOOD_LIMITS,
        count: run.countRefusal,
        isTaking: () => true,
        mayJoin: () => true,
        faults,
        nowMs: machine.nowMs,
      });
      return {
        heard: (name, carried, acknowledge) => {
          if (process.isAlive) socket.hear(name, carried, acknowledge);
        },
        closed() {
          joined.delete(connection);
          if (process.isAlive) socket.heardClosed();
        },
      };
    },
  };

  interface SimulatedSocket extends HeardSocket {
    disconnect(): void;
    hear(name: string, carried: readonly unknown[], acknowledge: Acknowledge): void;
    heardClosed(): void;
  }

  function socketOver(connection: Connection, by: Process, told: Oracle): SimulatedSocket {
    let onMessage: ((name: unknown, ...args: unknown[]) => void) | null = null;
    let onDisconnect: ((error: unknown) => void) | null = null;
    return {
      on(event: 'error' | 'disconnect', listener: (error: unknown) => void) {
        if (event === 'disconnect') onDisconnect = listener;
      },
      onAny(listener) {
        onMessage = listener;
      },
      disconnect() {
        if (!connection.isOpen) return;
        connection.close();
        joined.delete(connection);
        onDisconnect?.(null);
      },
      hear(name, carried, acknowledge) {
        let isAnswered = false;
        onMessage?.(name, ...carried, (answer: unknown) => {
          if (!by.isAlive) throw new ProcessEnded('the process has ended');
          told.answered(name, carried, answer, isAnswered);
          isAnswered = true;
          acknowledge(answer);
        });
      },
      heardClosed: () => onDisconnect?.(null),
    };
  }
}

/** Scores made up of the version: nobody trains here for a score. */
function evaluatorOf({ machine }: Process, { everyMs, onResult }: EvaluatorOptions) {
  let newest = -1;
  let isWaiting = false;
  function evaluate(): void {
    isWaiting = false;
    const score = (newest % 97) / 97;
    onResult({ version: newest, score, accuracy: score, loss: 1 - score } satisfies EvaluationResult);
  }
  return {
    offer(version: number) {
      newest = version;
      if (isWaiting) return;
      isWaiting = true;
      machine.after(everyMs, evaluate);
    },
    finish: () => Promise.resolve(),
    setExamining() {},
    close: () => Promise.resolve(),
  };
}
