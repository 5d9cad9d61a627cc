// The device: joins, asks for work, trains, uploads, asks again. Driven by what the session tells it, never by a timer.
// Knows neither Socket.IO nor the page: session and clock are handed in.
//
//     joined -> shard -> ready -> assignment -> local steps -> update -> assignment -> ...
//
// Safety: a delta stays in the arena until its update is answered. Liveness: whoever has neither work nor an answer of the
// run's to an update (which counts as `ready`) sends `ready`.

import type { TrainingPlan } from '../../shared/engine/plan.ts';
import type { Trainer } from '../../shared/engine/trainer.ts';
import type {
  Assignment,
  Joined,
  ProbeHeader,
  Refusal,
  TaskInfo,
  UpdateHeader,
} from '../../shared/protocol/messages.ts';
import { encodeDelta, subtractSent } from '../../shared/protocol/deltaCodec.ts';
import { decodeShard } from '../../shared/protocol/shardCodec.ts';
import type { BlockStore } from './blockStore.ts';
import { createBackoff } from './backoff.ts';
import type { Clock } from '../../shared/localWork/clock.ts';
import { initialDeviceState, type DeviceOptions, type DeviceState, type HeldReason } from './deviceState.ts';
import { createGate } from './gate.ts';
import { isFinalRefusal } from './isFinalRefusal.ts';
import type { ProbeOptions } from '../../shared/localWork/runProbe.ts';
import { trainLocally } from '../../shared/localWork/localTraining.ts';
import type { Session, SessionEvents } from './session.ts';
import type { Shard } from '../../shared/localWork/shard.ts';
import type { OwnDataApi } from './ownData.ts';
import { createOwnLink, type OwnParts } from './own/ownLink.ts';
import { createWorkbench, heldMemory, layerShares, shareTrained, type Workbench } from './workbench.ts';

export interface DeviceParts {
  readonly openSession: (origin: string, events: SessionEvents) => Session;
  readonly createTrainer: (plan: TrainingPlan) => Trainer | Promise<Trainer>;
  /** What the browser keeps of a device's blocks; default: nothing. */
  readonly openBlockStore?: (deviceId: string) => Promise<BlockStore>;
  /** The person's own samples; default: none can be added. */
  readonly own?: OwnParts;
  readonly clock: Clock;
  /** What to tell the server before the first plan, e.g. `auto`. */
  readonly backend: string;
  /** Why the newest trainer is not of the backend that was asked for; '' where it is. */
  readonly backendRefusal: () => string;
  /** Called when the GPU has failed: `createTrainer` gives WebAssembly from then on. */
  readonly giveUpGpu: () => void;
  readonly browser: string;
  readonly cores: number;
  /** Milliseconds since the page was opened. */
  readonly sinceOpenedMs: () => number;
  /** Called at each change; the state is a new object. */
  readonly changed: (state: DeviceState) => void;
  /** A token to resume by; '' when there is nothing to resume any more. */
  readonly tokenIssued: (token: string) => void;
}

export interface Device {
  setPaused(isPaused: boolean): void;
  /** Local steps rest while there is a reason. */
  setHeld(held: HeldReason): void;
  /** Declares another budget; also the way back after a refusal for want of budget. */
  setBudget(budgetBytes: number): Promise<void>;
  /** Frees lease and arena, and forgets the session. */
  leave(): Promise<void>;
  /** Joins as a new device after `left` or `ended`. */
  joinAgain(): void;
  /** Rejects before the task is known. */
  own(): Promise<OwnDataApi>;
}

/** An assignment taken, from its blocks to the answer to its update. */
interface Work {
  readonly assignment: Assignment;
  readonly abort: AbortController;
  /** Set when the delta is ready, or the probe has been made. */
  finished: Finished | { readonly header: ProbeHeader; readonly delta: null } | null;
}

interface Finished {
  readonly header: UpdateHeader;
  readonly delta: Float32Array;
  /** Elements of each scheme entry. */
  readonly sizes: readonly number[];
}

const NUM_LOSSES_SHOWN = 60;
const LEAVE_TIMEOUT_MS = 2_000;

export function startDevice(options: DeviceOptions, parts: DeviceParts): Device {
  const { clock } = parts;
  const gate = createGate();
  const backoff = createBackoff(clock);
  let state: DeviceState = { ...initialDeviceState(options), backend: parts.backend };
  let token = options.token;
  let task: TaskInfo | null = null;
  let shard: Shard | null = null;
  let bench: Workbench | null = null;
  let work: Work | null = null;
  let numAsked = 0;
  let isUploading = false;
  let isDeclaringBudget = false;
  const own = createOwnLink(parts.own);
  /** The arena makes way for what the person does with own samples. */
  let isResting = false;
  /** Of the arena, from the moment that it is planned. */
  let arenaBytes = 0;
  let fetchedBytes = 0;
  /** The answer to the update that was sent last. */
  let answered: Promise<unknown> = Promise.resolve();

  function show(change: Partial<DeviceState>): void {
    state = { ...state, ...change, bytesDown: session.bytesDown + fetchedBytes, bytesUp: session.bytesUp };
    parts.changed(state);
  }

  /** A fault that no repetition mends. */
  function fail(problem: unknown): void {
    dropWork();
    session.close();
    show({
      phase: 'failed',
      connected: false,
      problem: problem instanceof Error ? problem.message : String(problem),
    });
    own.desk?.free();
  }

  function rememberToken(issued: string): void {
    token = issued;
    parts.tokenIssued(issued);
  }

  /** Closed by the person, by the tab itself or by the teacher, and while own samples need the arena's place. */
  function setGate(): void {
    if (state.paused || state.held || state.pace.isPaused || isResting) gate.close();
    else gate.open();
  }

  /** Gives up the assignment, unless its update is on the way, and frees the arena. */
  async function rest(): Promise<void> {
    isResting = true;
    setGate();
    if (work?.finished) await answered;
    dropWork();
    await bench?.clear();
    arenaBytes = 0;
    show({ deviceBytes: 0, allocatedBytes: 0, ...(state.phase === 'training' ? { phase: 'waiting' } : {}) });
  }

  function goOn(): void {
    isResting = false;
    setGate();
    if (!isDeclaringBudget) void askForWork().catch(fail);
  }

  function dropWork(): void {
    if (!work) return;
    work.abort.abort();
    work = null;
    bench?.noteTrained();
  }

  async function joined(answer: Joined): Promise<void> {
    rememberToken(answer.token);
    backoff.reset();
    if (!answer.resumed) {
      dropWork();
      shard = null;
      // What the arena holds is of another session, perhaps of another model.
      await bench?.clear();
      bench = null;
    }
    task = answer.task;
    const store = bench ? null : ((await parts.openBlockStore?.(answer.deviceId)) ?? null);
    bench ??= createWorkbench(task.model, createTrainer, store);
    show({
      connected: true,
      refusal: null,
      run: answer.run,
      deviceId: answer.deviceId,
      taskId: task.id,
      taskTitle: task.title,
      metric: task.metric,
      version: answer.version,
      numDevices: answer.numDevices,
      resumes: state.resumes + (answer.resumed ? 1 : 0),
    });
    own.joined(answer.run, {
      server: options.server,
      run: () => state.run,
      task,
      flopsPerSecond: options.flopsPerSecond,
      clock,
      budgetBytes: () => state.budgetBytes,
      runBytes: () => arenaBytes,
      version: () => state.version,
      rest,
      goOn,
      changed: (ownData) => show({ own: ownData }),
      fetched(bytes) {
        fetchedBytes += bytes;
        show({});
      },
    });
    if (!shard && !(await fetchShard(task))) return;
    const isOpen = work?.assignment.assignmentId === answer.openAssignment;
    if (work?.finished) {
      // It may have been taken in already and the next one given, and neither the answer nor that one have come.
      await upload(work, !isOpen && answer.openAssignment !== '');
    } else if (work && isOpen) {
      show({ phase: 'training' });
    } else {
      dropWork();
      await askForWork();
    }
  }

  async function createTrainer(plan: TrainingPlan): Promise<Trainer> {
    arenaBytes = plan.deviceBytes;
    await own.desk?.makeRoom(arenaBytes);
    return parts.createTrainer(plan);
  }

  /** False when there is no use in going on with this connection. */
  async function fetchShard(of: TaskInfo): Promise<boolean> {
    const answer = await session.requestShard();
    if (!answer) return false;
    if (!answer.ok) {
      refused(answer);
      return false;
    }
    shard = decodeShard(answer.data, answer.samples, of);
    show({ samples: shard.samples });
    return true;
  }

  async function askForWork(): Promise<void> {
    if (work || !bench || !shard || !state.connected) return;
    show({ phase: 'waiting', step: 0, numSteps: 0 });
    const asked = ++numAsked;
    await gate.pass();
    if (asked !== numAsked || work || !state.connected || state.phase !== 'waiting') return;
    const answer = await session.sendReady(bench.holding());
    if (!answer || answer.ok) return;
    if (isFinalRefusal(answer)) return refused(answer);
    await backoff.wait();
    await askForWork();
  }

  async function assigned(assignment: Assignment, blocks: ArrayBuffer, answer: (a: { ok: boolean }) => void) {
    // Long-polling brings the answer to an update and what follows from it in one turn: the answer is heard first.
    await Promise.resolve();
    if (!bench || !shard || !task || isDeclaringBudget || isResting) return answer({ ok: false });
    dropWork();
    const mine: Work = { assignment, abort: new AbortController(), finished: null };
    work = mine;
    const trainer = await prepare(bench, assignment, blocks);
    if (work !== mine) return answer({ ok: false });
    answer({ ok: trainer !== null });
    if (!trainer) {
      work = null;
      return askForWork();
    }
    const { plan } = trainer;
    const data = own.desk?.shardFor(shard) ?? shard;
    show({
      phase: 'training',
      samples: data.samples,
      isDemoShard: data === shard,
      version: Math.max(state.version, assignment.baseVersion),
      backend: trainer.backend,
      backendRefusal: parts.backendRefusal(),
      ...heldMemory(trainer),
      ...(!assignment.probe && {
        trainedShare: shareTrained(task.model, plan),
        layers: layerShares(task.model, plan),
        widthRatio: assignment.scheme.width?.ratio ?? 1,
      }),
    });
    try {
      await train(mine, trainer, data, task);
    } catch (error) {
      // Whatever an abandoned trainer still says is of no interest.
      if (work !== mine) return;
      if (isDivergence(error)) {
        // The arena holds the parameters that came, so none is fetched again.
        work = null;
        show({ refused: state.refused + 1, problem: `${error.message}; the update was thrown away.` });
        await backoff.wait();
      } else if (isGpuFailure(error)) {
        dropWork();
        await goOnWithoutGpu(bench, error);
      } else {
        throw error;
      }
      await askForWork();
    }
  }

  /** As the workbench does; where the GPU has failed meanwhile, once more in WebAssembly. */
  async function prepare(bench: Workbench, assignment: Assignment, blocks: ArrayBuffer) {
    try {
      return await bench.prepare(assignment, blocks, state.budgetBytes);
    } catch (error) {
      if (!isGpuFailure(error)) throw error;
      await goOnWithoutGpu(bench, error);
      return bench.prepare(assignment, blocks, state.budgetBytes);
    }
  }

  /** The arena is gone with the GPU, and the local steps in it; the parameters come again from the server. */
  async function goOnWithoutGpu(bench: Workbench, error: Error): Promise<void> {
    parts.giveUpGpu();
    await bench.clear();
    show({
      hasGpuFailed: true,
      problem: `The GPU failed, so this device goes on without it (${error.message}).`,
    });
  }

  function tempoOf({ localWork }: Assignment): number {
    const { tempoMs = -1 } = options;
    return tempoMs < 0 ? (localWork.tempoMs ?? 0) : tempoMs;
  }

  async function train(mine: Work, trainer: Trainer, shard: Shard, task: TaskInfo): Promise<void> {
    const { assignment } = mine;
    const bounds: Omit<ProbeOptions, 'numBatches'> = {
      trainer,
      shard,
      staging: task,
      localWork: assignment.localWork,
      seed: assignment.seed,
      flopsPerSecond: options.flopsPerSecond,
      slowdown: () => state.pace.slowdown,
      tempoMs: tempoOf(assignment),
      clock,
      signal: mine.abort.signal,
      mayGoOn: gate.pass,
      stepped(step, numSteps, stepMs) {
        const firstStepMs = state.joinToFirstStepMs < 0 ? parts.sinceOpenedMs() : state.joinToFirstStepMs;
        show({ step, numSteps, stepMs, joinToFirstStepMs: firstStepMs, ...heldMemory(trainer) });
      },
    };
    if (assignment.probe) return probe(mine, { ...bounds, ...assignment.probe });
    const result = await trainLocally({ ...bounds, carried: bench?.takeUnsent() ?? null });
    if (!result || work !== mine || !bench) return;
    const { summary, delta } = result;
    bench.noteTrained();
    mine.finished = {
      header: {
        ...summary,
        assignmentId: assignment.assignmentId,
        backend: trainer.backend,
        ...heldMemory(trainer),
        joinToFirstStepMs: state.joinToFirstStepMs,
        ...bench.holding(),
      },
      delta,
      sizes: trainer.plan.baseIds.map((id) => trainer.plan.tensors[id]!.size),
    };
    show({
      losses: [...state.losses, summary.lossLast].slice(-NUM_LOSSES_SHOWN),
      stepMs: summary.stepMs,
      overruns: state.overruns + summary.overruns,
    });
    if (state.connected) await upload(mine);
  }

  /** Its code is fetched where a probe is asked for; where it cannot be had, the probe is given up. */
  async function probe(mine: Work, options: ProbeOptions): Promise<void> {
    const code = await import('../../shared/localWork/runProbe.ts').catch(() => null);
    const product = code && (await code.runProbe(options));
    if (work !== mine || !bench) return;
    bench.noteTrained();
    if (product === null) {
      work = null;
      return askForWork();
    }
    const { assignmentId } = mine.assignment;
    const { samples } = options.shard;
    mine.finished = { header: { assignmentId, product, samples, ...bench.holding() }, delta: null };
    if (state.connected) await upload(mine);
  }

  /**
   * Sends the delta, or what a probe has measured, until it is answered or the connection is lost; `joined` takes up what was lost. `holdsOther`: the
   * server has given out another assignment, which is not here; asking for work gives it up.
   */
  async function upload(mine: Work, holdsOther = false): Promise<void> {
    if (isUploading || !mine.finished) return;
    const { finished } = mine;
    const { encoding, seed } = mine.assignment;
    show({ phase: 'uploading' });
    isUploading = true;
    const message = finished.delta && encodeDelta(finished.delta, finished.sizes, encoding, seed);
    const sent = finished.delta
      ? session.sendUpdate(finished.header, message!.buffer)
      : session.sendProbe(finished.header);
    answered = sent;
    const answer = await sent;
    isUploading = false;
    if (work !== mine || !answer) return;
    if (answer.ok) {
      work = null;
      if (finished.delta && encoding.kind === 'topK') {
        subtractSent(finished.delta, message!, finished.sizes, encoding);
        bench?.keepUnsent(finished.delta);
      }
      backoff.reset();
      show({
        phase: 'waiting',
        ...(finished.delta && { updates: state.updates + 1, lastStaleness: answer.staleness }),
        version: Math.max(state.version, answer.version),
        problem: '',
      });
      if (holdsOther) await askForWork();
    } else if (answer.version !== undefined) {
      // Refused by the run, which counts this device as ready all the same.
      work = null;
      show({
        phase: 'waiting',
        refused: state.refused + 1,
        version: Math.max(state.version, answer.version),
      });
      if (holdsOther) await askForWork();
    } else if (isFinalRefusal(answer)) {
      refused(answer);
    } else if (answer.code === 'flood' || answer.code === 'internal') {
      // Refused at the door: the delta is still wanted.
      await backoff.wait();
      if (work === mine && state.connected) await upload(mine, holdsOther);
    } else {
      work = null;
      show({ refused: state.refused + 1 });
      await backoff.wait();
      await askForWork();
    }
  }

  function lost(): void {
    show({ connected: false, phase: 'connecting' });
  }

  function refused(refusal: Refusal): void {
    if (refusal.code === 'badToken' && token !== '') {
      rememberToken('');
      return session.connect();
    }
    dropWork();
    if (refusal.code === 'moved') {
      // Another run has taken the place of this one: this device goes on there, and nobody touches the page.
      rememberToken('');
      show({ phase: 'connecting', connected: false, score: -1 });
      return session.connect();
    }
    const isOver = ['superseded', 'runEnded', 'removed'].includes(refusal.code);
    show({ phase: isOver ? 'ended' : 'refused', connected: false, refusal, allocatedBytes: 0 });
    session.close();
    if (refusal.code === 'runEnded') rememberToken('');
    void bench?.clear();
    own.desk?.free();
  }

  const session = parts.openSession(options.server, {
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
    assignment: (assignment, blocks, answer) =>
      void assigned(assignment, blocks, answer).catch(assignmentFailed),
    progress: (progress) => show(progress),
    pace(pace) {
      show({ pace });
      setGate();
    },
    lost,
    refused,
  });

  function assignmentFailed(error: unknown): void {
    const { code, smallestBudgetBytes } = error as { code?: unknown; smallestBudgetBytes?: number };
    if (code === 'budget' && smallestBudgetBytes) {
      refused({ ok: false, code: 'budgetTooSmall', message: (error as Error).message, smallestBudgetBytes });
    } else {
      fail(error);
    }
  }

  return {
    setPaused(isPaused) {
      show({ paused: isPaused });
      setGate();
    },
    setHeld(held) {
      show({ held });
      setGate();
    },
    async setBudget(budgetBytes) {
      if (budgetBytes === state.budgetBytes) return;
      dropWork();
      show({ budgetBytes });
      if (state.phase === 'left' || state.phase === 'ended' || state.phase === 'failed') return;
      if (!state.connected) {
        show({ phase: 'connecting', refusal: null });
        return session.connect();
      }
      isDeclaringBudget = true;
      own.desk?.free();
      const answer = await session.sendBudget(budgetBytes);
      isDeclaringBudget = false;
      if (!answer) return;
      if (answer.ok) await askForWork();
      else refused(answer);
    },
    async leave() {
      dropWork();
      const abort = new AbortController();
      await Promise.race([
        session.sendLeave(),
        clock.sleepUntil(clock.now() + LEAVE_TIMEOUT_MS, abort.signal),
      ]);
      abort.abort();
      session.close();
      // It may have come before the server heard of it.
      dropWork();
      rememberToken('');
      await bench?.clear();
      show({ phase: 'left', connected: false, allocatedBytes: 0 });
      own.desk?.free();
    },
    joinAgain() {
      rememberToken('');
      shard = null;
      const { budgetBytes, held, own: ownData } = state;
      state = { ...initialDeviceState(options), backend: parts.backend, budgetBytes, held, own: ownData };
      setGate();
      show({});
      session.connect();
    },
    own: async () => (await own.open()).api,
  };
}

function isDivergence(error: unknown): error is Error {
  return error instanceof Error && (error as { code?: unknown }).code === 'divergence';
}

function isGpuFailure(error: unknown): error is Error {
  return error instanceof Error && (error as { code?: unknown }).code === 'backend';
}
