// A device's turns in a run: asks for work, takes an assignment, does it, uploads what it has brought, asks again. Driven by
// answers and assignments, never by a timer. Knows nothing of joining and leaving, and not what the person wants.
//
//     ready -> assignment -> local steps -> update -> assignment -> ...
//
// Safety: a delta stays in the arena until its update is answered. Liveness: whoever has neither work nor an answer of the
// run's to an update (which counts as `ready`) sends `ready`.

import type { BackendError } from '../../shared/engine/errors.ts';
import type { TrainingPlan } from '../../shared/engine/plan.ts';
import type { Trainer } from '../../shared/engine/trainer.ts';
import type { Shard } from '../../shared/localWork/shard.ts';
import type { Assignment, Joined, Refusal, TaskInfo } from '../../shared/contract/messages.ts';
import { decodeShard } from '../../shared/contract/shardCodec.ts';
import { isMissingCode } from '../common/laterCode.ts';
import { createBackoff } from './backoff.ts';
import type { DeviceParts, ShownState } from './deviceParts.ts';
import type { DeviceOptions, KnownProblem } from './deviceState.ts';
import { createGate } from './gate.ts';
import { hasCode } from './hasCode.ts';
import { isFinalRefusal } from './isFinalRefusal.ts';
import type { OwnLink } from './own/ownLink.ts';
import { performWork } from './performWork.ts';
import type { Session } from './session.ts';
import { createUpload, type Work } from './upload.ts';
import { trainedShares } from './trainedShares.ts';
import { createWorkbench, heldMemory, type Workbench } from './workbench.ts';

export interface Turns {
  /** Of the arena, from the moment that it is planned. */
  arenaBytes(): number;
  /** First of a join: makes ready for its task. Where nothing was resumed, work, samples and arena of before go. */
  enter(joined: Joined): Promise<void>;
  /** Then: takes up what the lost connection has interrupted, or asks for work. */
  takeUp(joined: Joined): Promise<void>;
  /** Resolves when the assignment has been answered, done or given up. Rejects for what no repetition mends. */
  assigned(assignment: Assignment, blocks: ArrayBuffer, answer: (a: { ok: boolean }) => void): Promise<void>;
  /** Tells the server, and asks for work; before it has answered, assignments are for the old budget: none is taken. */
  declareBudget(budgetBytes: number): Promise<void>;
  /** Gives up the work at hand. */
  drop(): void;
  /** That, and frees the arena. */
  free(): Promise<void>;
  /** The arena makes way for what the person does with own samples; an update on its way is waited for. */
  rest(): Promise<void>;
  /** After `rest`. */
  goOn(): Promise<void>;
  /** To be called when a reason to pause has come or gone: local steps wait while there is one. */
  setGate(): void;
}

export interface TurnsHost {
  readonly options: DeviceOptions;
  readonly parts: DeviceParts;
  readonly session: Session;
  readonly shown: ShownState;
  readonly own: OwnLink;
  /** The server wants nothing more of this device as it is. */
  readonly refused: (refusal: Refusal) => void;
}

/** WebAssembly can stand in for it; where WebAssembly has no memory itself, nothing can. */
function isOfGpu(error: unknown): error is BackendError {
  return hasCode(error, 'backend') && (error as BackendError).backend !== 'wasm';
}

export function createTurns(host: TurnsHost): Turns {
  const { parts, session, shown, own, refused } = host;
  const { show } = shown;
  const gate = createGate();
  const backoff = createBackoff(parts.clock);
  const send = createUpload(session, backoff, shown, (mine) => work === mine, noteMissingCode);
  let task: TaskInfo | null = null;
  let shard: Shard | null = null;
  let bench: Workbench | null = null;
  let work: Work | null = null;
  let numAsked = 0;
  let arenaBytes = 0;
  let isDeclaringBudget = false;
  let isResting = false;
  /** Since work was asked for last. */
  let hasDiverged = false;

  /** Closed by the person, by the tab itself or by the teacher, and while own samples need the arena's place. */
  function setGate(): void {
    const { paused, held, pace } = shown.state;
    if (paused || held || pace.isPaused || isResting) gate.close();
    else gate.open();
  }

  function drop(): void {
    if (!work) return;
    work.abort.abort();
    work = null;
    bench?.noteTrained();
  }

  async function free(): Promise<void> {
    drop();
    await bench?.clear();
  }

  async function ask(): Promise<void> {
    if (work || !bench || !shard || !shown.state.connected) return;
    show({ phase: 'waiting', step: 0, numSteps: 0 });
    const asked = ++numAsked;
    await gate.pass();
    if (asked !== numAsked || work || !shown.state.connected || shown.state.phase !== 'waiting') return;
    const answer = await session.request('ready', {
      ...bench.holding(),
      ...(hasDiverged && { diverged: true }),
    });
    if (!answer) return;
    hasDiverged = false;
    if (answer.ok) return;
    if (isFinalRefusal(answer)) return refused(answer);
    await askLater();
  }

  async function askLater(): Promise<void> {
    await backoff.wait();
    await ask();
  }

  /** The next wait is longer. */
  async function noteMissingCode(): Promise<void> {
    show({ lacksCode: (await parts.isServerThere?.()) ?? false });
  }

  async function assigned(
    assignment: Assignment,
    blocks: ArrayBuffer,
    answer: (a: { ok: boolean }) => void,
  ): Promise<void> {
    // Long-polling brings the answer to an update and what follows from it in one turn: the answer is heard first.
    await Promise.resolve();
    if (!bench || !shard || !task || isDeclaringBudget || isResting) return answer({ ok: false });
    drop();
    const mine: Work = { assignment, abort: new AbortController(), outcome: null };
    work = mine;
    let trainer: Trainer | null;
    try {
      trainer = await prepare(bench, assignment, blocks);
    } catch (error) {
      if (!isMissingCode(error)) throw error;
      answer({ ok: false });
      if (work === mine) work = null;
      await noteMissingCode();
      return askLater();
    }
    if (work !== mine) return answer({ ok: false });
    answer({ ok: trainer !== null });
    if (!trainer) {
      work = null;
      return ask();
    }
    const data = own.desk?.shardFor(shard) ?? shard;
    show({
      phase: 'training',
      lacksCode: false,
      samples: data.samples,
      isDemoShard: data === shard,
      version: Math.max(shown.state.version, assignment.baseVersion),
      backend: trainer.backend,
      backendRefusal: parts.backendRefusal(),
      ...heldMemory(trainer),
      ...(!assignment.probe && trainedShares(task.model, trainer.plan)),
    });
    const { signal } = mine.abort;
    const place = { bench, trainer, shard: data, staging: task, signal, mayGoOn: gate.pass };
    try {
      const outcome = await performWork(assignment, place, host);
      if (work !== mine) return;
      mine.outcome = outcome;
      if (outcome) return await upload(mine);
      // A probe that cannot be made here: the next assignment may well be the same one.
      work = null;
      await askLater();
    } catch (error) {
      // Whatever an abandoned trainer still says is of no interest.
      if (work !== mine) return;
      if (hasCode(error, 'divergence')) {
        // The arena holds the parameters that came, so none is fetched again.
        work = null;
        hasDiverged = true;
        show({
          phase: 'waiting',
          refused: shown.state.refused + 1,
          diverged: shown.state.diverged + 1,
          problem: `diverged: ${error.message}` satisfies KnownProblem,
        });
        await askLater();
      } else if (isOfGpu(error)) {
        drop();
        await goOnWithoutGpu(bench, error);
        await ask();
      } else {
        throw error;
      }
    }
  }

  async function createTrainer(plan: TrainingPlan): Promise<Trainer> {
    arenaBytes = plan.deviceBytes;
    await own.desk?.makeRoom(arenaBytes);
    return parts.createTrainer(plan);
  }

  /** As the workbench does; where the GPU has failed meanwhile, once more in WebAssembly. */
  async function prepare(bench: Workbench, assignment: Assignment, blocks: ArrayBuffer) {
    try {
      return await bench.prepare(assignment, blocks, shown.state.budgetBytes);
    } catch (error) {
      if (!isOfGpu(error)) throw error;
      await goOnWithoutGpu(bench, error);
      return bench.prepare(assignment, blocks, shown.state.budgetBytes);
    }
  }

  /** The arena is gone with the GPU, and the local steps in it; the parameters come again from the server. */
  async function goOnWithoutGpu(bench: Workbench, error: Error): Promise<void> {
    parts.giveUpGpu();
    await bench.clear();
    show({
      hasGpuFailed: true,
      problem: `gpuFailed: ${error.message}` satisfies KnownProblem,
    });
  }

  /** `holdsOther`: the server has given out another assignment, which is not here; asking for work gives it up. */
  function upload(mine: Work, holdsOther = false): Promise<void> {
    return send(mine, async (answer, unsent) => {
      const { version } = answer;
      // An answer of the run's, a refusal too, counts this device as ready.
      const isOfRun = version !== undefined;
      if (!answer.ok && !isOfRun && isFinalRefusal(answer)) return refused(answer);
      work = null;
      if (unsent) bench?.keepUnsent(unsent);
      const { state } = shown;
      if (answer.ok) {
        backoff.reset();
        const counted = mine.outcome?.delta && {
          updates: state.updates + 1,
          lastStaleness: answer.staleness,
        };
        show({ problem: '', diverged: 0, ...counted });
      } else {
        show({ refused: state.refused + 1 });
      }
      if (!isOfRun) return askLater();
      show({ phase: 'waiting', version: Math.max(state.version, version) });
      if (holdsOther) await ask();
    });
  }

  return {
    arenaBytes: () => arenaBytes,
    async enter(joined) {
      backoff.reset();
      if (!joined.resumed) {
        shard = null;
        // What the arena holds is of another session, perhaps of another model.
        await free();
        bench = null;
      }
      task = joined.task;
      const store = bench ? null : ((await parts.openBlockStore?.(joined.deviceId, joined.resumed)) ?? null);
      bench ??= createWorkbench(task.model, createTrainer, store, parts.isTrainerProvisional);
    },
    async takeUp(joined) {
      if (!shard) {
        const answer = await session.request('shard');
        // There is no use in going on with this connection.
        if (!answer) return;
        if (!answer.ok) return refused(answer);
        shard = decodeShard(answer.data, answer.samples, joined.task);
        show({ samples: shard.samples });
      }
      const { openAssignment } = joined;
      const isOpen = work?.assignment.assignmentId === openAssignment;
      if (work?.outcome) {
        // It may have been taken in already and the next one given, and neither the answer nor that one have come.
        await upload(work, !isOpen && openAssignment !== '');
      } else if (work && isOpen) {
        show({ phase: 'training' });
      } else {
        drop();
        await ask();
      }
    },
    assigned,
    async declareBudget(budgetBytes) {
      isDeclaringBudget = true;
      own.desk?.free();
      const answer = await session.request('budget', budgetBytes);
      isDeclaringBudget = false;
      if (!answer) return;
      if (answer.ok) await ask();
      else refused(answer);
    },
    drop,
    free,
    async rest() {
      isResting = true;
      setGate();
      await work?.answered;
      await free();
      arenaBytes = 0;
      show({
        deviceBytes: 0,
        allocatedBytes: 0,
        ...(shown.state.phase === 'training' && { phase: 'waiting' }),
      });
    },
    async goOn() {
      isResting = false;
      setGate();
      if (!isDeclaringBudget) await ask();
    },
    setGate,
  };
}
