// The device: joins, takes its turns in the run, leaves. Driven by what the session tells it and the person wants.
// Knows neither Socket.IO nor the page: session and clock are handed in. Its turns: turns.ts.

import type { BudgetError } from '../../shared/engine/errors.ts';
import type { Joined, Refusal } from '../../shared/contract/messages.ts';
import type { DeviceParts, ShownState } from './deviceParts.ts';
import {
  initialDeviceState,
  isMemoryRefused,
  type DeviceOptions,
  type DeviceState,
  type HeldReason,
  type KnownProblem,
} from './deviceState.ts';
import { hasCode } from './hasCode.ts';
import type { OwnDataApi } from './ownData.ts';
import { createOwnLink } from './own/ownLink.ts';
import { createTurns } from './turns.ts';

export interface Device {
  setPaused(isPaused: boolean): void;
  /** Local steps rest while there is a reason. */
  setHeld(held: HeldReason): void;
  /** Declares another budget; also the way back after a refusal for want of budget. */
  setBudget(budgetBytes: number): Promise<void>;
  /** Frees lease and arena, and forgets the session. */
  leave(): Promise<void>;
  /** Joins as a new device after `left` or `ended`, and as the same one where memory was refused. */
  joinAgain(): void;
  /** Rejects before the task is known. */
  own(): Promise<OwnDataApi>;
}

const LEAVE_TIMEOUT_MS = 2_000;
/** Phases of a device that is connected. */
const OF_WORK = /^(waiting|training|uploading)$/;

export function startDevice(options: DeviceOptions, parts: DeviceParts): Device {
  const { clock } = parts;
  const own = createOwnLink(parts.own);
  let state: DeviceState = { ...initialDeviceState(options), backend: parts.backend };
  let { token } = options;
  /** What came down beside the session. */
  let fetchedBytes = 0;

  const shown: ShownState = {
    get state() {
      return state;
    },
    show,
  };

  function show(change: Partial<DeviceState>): void {
    const { connected, phase } = { ...state, ...change };
    state = {
      ...state,
      ...change,
      // Work goes on while the connection is gone; what is told is that it is.
      phase: !connected && OF_WORK.test(phase) ? state.phase : phase,
      bytesDown: session.bytesDown + fetchedBytes,
      bytesUp: session.bytesUp,
    };
    parts.changed(state);
  }

  /** For what makes local steps rest, or go on. */
  function showAndHold(change: Partial<DeviceState>): void {
    show(change);
    turns.setGate();
  }

  function rememberToken(issued: string): void {
    token = issued;
    parts.tokenIssued(issued);
  }

  async function joined(answer: Joined): Promise<void> {
    rememberToken(answer.token);
    await turns.joined(answer, () => entered(answer));
  }

  function entered(answer: Joined): void {
    const { run, task } = answer;
    show({
      connected: true,
      retryAtMs: 0,
      refusal: null,
      run,
      deviceId: answer.deviceId,
      taskId: task.id,
      taskTitle: task.title,
      metric: task.metric,
      version: answer.version,
      numDevices: answer.numDevices,
      resumes: state.resumes + (answer.resumed ? 1 : 0),
    });
    own.joined(run, {
      server: options.server,
      run: () => state.run,
      task,
      flopsPerSecond: options.flopsPerSecond,
      clock,
      budgetBytes: () => state.budgetBytes,
      runBytes: turns.arenaBytes,
      version: () => state.version,
      rest: turns.rest,
      goOn: turns.goOn,
      changed: (ownData) => show({ own: ownData }),
      fetched(bytes) {
        fetchedBytes += bytes;
        show({});
      },
    });
  }

  function refused(refusal: Refusal): void {
    const { code } = refusal;
    turns.stop();
    const isMoved = code === 'moved';
    if (isMoved || (code === 'badToken' && token !== '')) {
      // Another run has taken the place of this one, or this one knows nothing of the session: the device goes on there as a
      // new one, and nobody touches the page.
      rememberToken('');
      show({ phase: 'connecting', connected: false, ...(isMoved && { score: -1 }) });
      return session.connect();
    }
    const isOver = ['superseded', 'runEnded', 'removed'].includes(code);
    stop({ phase: isOver ? 'ended' : 'refused', refusal, allocatedBytes: 0 });
    if (code === 'runEnded') rememberToken('');
    void turns.free();
  }

  function turnFailed(error: unknown): void {
    if (hasCode(error, 'budget')) {
      const { message, smallestBudgetBytes } = error as BudgetError;
      refused({ ok: false, code: 'budgetTooSmall', message, smallestBudgetBytes });
    } else if (hasCode(error, 'backend')) {
      stop({ phase: 'failed', problem: `memoryRefused: ${turns.arenaBytes()}` satisfies KnownProblem });
    } else {
      fail(error);
    }
  }

  /** A fault that no repetition mends. */
  function fail(problem: unknown): void {
    stop({ phase: 'failed', problem: problem instanceof Error ? problem.message : String(problem) });
  }

  /** Nothing more happens until the person does something. */
  function stop(change: Partial<DeviceState>): void {
    turns.stop();
    session.close();
    show({ connected: false, ...change });
    own.studio?.free();
  }

  const session = parts.openSession(
    options.server,
    {
      join: () => ({
        run: options.run,
        token,
        budgetBytes: state.budgetBytes,
        dataSeed: options.dataSeed,
        device: {
          name: options.name,
          browser: parts.browser,
          cores: parts.cores,
          backend: state.backend,
          profile: options.profile,
          flopsPerSecond: options.flopsPerSecond,
          stragglerFactor: options.stragglerFactor,
        },
      }),
      joined: (answer) => void joined(answer).catch(fail),
      assignment: (...given) => turns.assigned(...given),
      progress: show,
      pace: (pace) => showAndHold({ pace }),
      lost() {
        show({ connected: false, phase: 'connecting' });
        turns.lost();
      },
      retrying: (retryAtMs) => show({ retryAtMs }),
      refused,
    },
    options.code,
  );
  const turns = createTurns({ options, parts, session, shown, own, refused, failed: turnFailed });
  // Whoever looks sees that the Worker is there.
  queueMicrotask(() => show({}));

  return {
    setPaused: (paused) => showAndHold({ paused }),
    setHeld: (held) => showAndHold({ held }),
    async setBudget(budgetBytes) {
      if (budgetBytes === state.budgetBytes) return;
      show({ budgetBytes });
      const isStopped = ['left', 'ended', 'failed'].includes(state.phase);
      if (isStopped && !isMemoryRefused(state)) return;
      if (!state.connected) {
        turns.stop();
        show({ phase: 'connecting', refusal: null, problem: '' });
        return session.connect();
      }
      await turns.budgetChanged();
    },
    async leave() {
      turns.stop();
      const abort = new AbortController();
      await Promise.race([
        session.request('leave'),
        clock.sleepUntil(clock.now() + LEAVE_TIMEOUT_MS, abort.signal),
      ]);
      abort.abort();
      session.close();
      rememberToken('');
      // An assignment may have come before the server heard of it.
      await turns.free();
      show({ phase: 'left', connected: false, allocatedBytes: 0 });
      own.studio?.free();
    },
    joinAgain() {
      // What wanted memory has its session still.
      if (!isMemoryRefused(state)) rememberToken('');
      const { budgetBytes, held, own: ownData } = state;
      state = { ...initialDeviceState(options), backend: parts.backend, budgetBytes, held, own: ownData };
      showAndHold({});
      session.connect();
    },
    own: async () => (await own.open()).api,
  };
}
