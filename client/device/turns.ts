// A device's turns in a run, carried out in a tab: what the state machine (shared/device/takeTurn.ts) wants done is done with session,
// arena and timers, and what comes of it is told to it. Decides nothing of what comes next; knows nothing of joining and leaving.

import type { BackendError } from '../../shared/engine/errors.ts';
import { parametersOf } from '../../shared/engine/model.ts';
import type { TrainingPlan } from '../../shared/engine/plan.ts';
import type { Trainer } from '../../shared/engine/trainer.ts';
import type { Shard } from '../../shared/localWork/shard.ts';
import type { Assignment, Joined, Refusal, TaskInfo } from '../../shared/contract/messages.ts';
import { decodeShard } from '../../shared/contract/shardCodec.ts';
import { takeTurn } from '../../shared/device/takeTurn.ts';
import {
  initialTurns,
  isAside,
  isWanted,
  type Brought,
  type TurnEffect,
  type TurnEvent,
  type TurnState,
} from '../../shared/device/turnState.ts';
import { isMissingCode } from '../common/laterCode.ts';
import type { DeviceParts, ShownState } from './deviceParts.ts';
import type { DeviceOptions, DevicePhase, KnownProblem } from './deviceState.ts';
import { fetchDeltaCodec, type DeltaCodec } from './fetchDeltaCodec.ts';
import { createGate } from './gate.ts';
import { hasCode } from './hasCode.ts';
import type { OwnLink } from './own/ownLink.ts';
import { performWork, type Outcome } from './performWork.ts';
import type { Session } from './session.ts';
import { trainedShares } from './trainedShares.ts';
import { createWorkbench, heldMemory, type Workbench } from './workbench.ts';

export interface Turns {
  /** Of the arena, from the moment that it is planned. */
  arenaBytes(): number;
  /**
   * Makes ready for the task, calls `entered` and takes up what the lost connection has interrupted, or asks for work. Nothing of
   * that where the connection is gone meanwhile.
   */
  joined(joined: Joined, entered: () => void): Promise<void>;
  /** The connection is gone. */
  lost(): void;
  assigned(assignment: Assignment, blocks: ArrayBuffer, answer: (a: { ok: boolean }) => void): void;
  /** Gives up the work at hand, tells the server of the new budget, and asks for work. Resolves when that is said. */
  budgetChanged(): Promise<void>;
  /** Gives up the work at hand; nothing follows before the next join. */
  stop(): void;
  /** That, and frees the arena. */
  free(): Promise<void>;
  /** The arena makes way for what the person does with own samples; an update on its way is waited for. */
  rest(): Promise<void>;
  /** After `rest`. */
  goOn(): void;
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
  /** What no repetition mends. */
  readonly failed: (error: unknown) => void;
}

const NEVER = new AbortController().signal;

type EffectOf<K extends TurnEffect['kind']> = Extract<TurnEffect, { readonly kind: K }>;

/** Null: nothing of it shows. */
function phaseOf({ stage, work }: TurnState): DevicePhase | null {
  if (stage === 'training') return stage;
  if (work?.brought) return 'uploading';
  return isAside(stage) ? null : 'waiting';
}

/** WebAssembly can stand in for it; where WebAssembly has no memory itself, nothing can. */
function isOfGpu(error: unknown): error is BackendError {
  return hasCode(error, 'backend') && (error as BackendError).backend !== 'wasm';
}

export function createTurns(host: TurnsHost): Turns {
  const { parts, session, shown, own, failed } = host;
  const { show } = shown;
  const state = initialTurns();
  const gate = createGate();
  const offers = new Map<number, { blocks: ArrayBuffer; answer: (a: { ok: boolean }) => void }>();
  let numOffers = 0;
  /** Counts connections, and their ends. */
  let connection = 0;
  let isOtherSession = false;
  let task: TaskInfo | null = null;
  let shard: Shard | null = null;
  let bench: Workbench | null = null;
  let trainer: Trainer | null = null;
  let outcome: Outcome | null = null;
  let codec: DeltaCodec | null = null;
  /** Of the outcome, in the wire's encoding. */
  let message: Uint8Array<ArrayBuffer>;
  let abort = new AbortController();
  let arenaBytes = 0;
  let declared: Promise<void> | undefined;
  /** Who rests, until the arena is gone. */
  const resting: (() => void)[] = [];

  function tell(event: TurnEvent): void {
    const effects = takeTurn(state, event);
    const phase = phaseOf(state);
    if (phase && phase !== shown.state.phase) show({ phase });
    for (const effect of effects)
      if (isWanted(state, effect))
        // What fails for work that has been given up is of no interest.
        carryOut(effect).catch((error) => isWanted(state, effect) && failed(error));
  }

  /** What throws is a rejection, too. */
  async function carryOut(effect: TurnEffect): Promise<void> {
    await (carriers[effect.kind] as (effect: TurnEffect) => unknown)(effect);
  }

  const carriers: { readonly [K in TurnEffect['kind']]: (effect: EffectOf<K>) => unknown } = {
    fetchShard,
    async ask({ ticket, hasDiverged }) {
      show({ step: 0, numSteps: 0 });
      const ready = { ...bench!.holding(), ...(hasDiverged && { diverged: true }) };
      tell({ kind: 'answered', ticket, answer: await session.request('ready', ready) });
    },
    declareBudget({ ticket }) {
      declared = session
        .request('budget', shown.state.budgetBytes)
        .then((answer) => tell({ kind: 'answered', ticket, answer }));
    },
    answerOffer({ offer, isTaken }) {
      offers.get(offer)!.answer({ ok: isTaken });
      offers.delete(offer);
    },
    prepare,
    work,
    abort: () => abort.abort(),
    encode,
    async send({ ticket, work }) {
      const { header, delta, sizes } = outcome!;
      const { encoding, seed } = work.assignment;
      const told = { ...header, ...bench!.holding() };
      if (delta) message = codec!.encodeDelta(delta, sizes, encoding, seed);
      const answer = await ('product' in told
        ? session.request('probe', told)
        : session.request('update', told, message.buffer));
      tell({ kind: 'acknowledged', ticket, answer });
    },
    async wait({ ticket, ms }) {
      await parts.clock.sleepUntil(parts.clock.now() + ms, NEVER);
      tell({ kind: 'waited', ticket });
    },
    clearArena,
    accepted,
    rejected({ refusal }) {
      const { refused, version } = shown.state;
      show({ refused: refused + 1, version: Math.max(version, refusal.version ?? 0) });
    },
    refused: ({ refusal }) => host.refused(refusal),
  };

  async function fetchShard({ ticket }: EffectOf<'fetchShard'>): Promise<void> {
    const answer = await session.request('shard');
    if (answer?.ok) {
      shard = decodeShard(answer.data, answer.samples, task!);
      show({ samples: shard.samples });
    }
    tell({ kind: 'answered', ticket, answer });
  }

  /** The next wait is longer. */
  async function noteMissingCode(): Promise<void> {
    show({ lacksCode: (await parts.isServerThere?.()) ?? false });
  }

  /** Where the GPU has failed meanwhile, once more in WebAssembly. */
  async function prepare({ ticket, assignment, offer }: EffectOf<'prepare'>): Promise<void> {
    const at = bench!;
    const { blocks } = offers.get(offer)!;
    const once = () => at.prepare(assignment, blocks, shown.state.budgetBytes);
    let isCodeMissing = false;
    try {
      trainer = await once().catch(async (error) => {
        if (!isOfGpu(error) || ticket !== state.ticket) throw error;
        await goOnWithoutGpu(error);
        return once();
      });
    } catch (error) {
      if (!isMissingCode(error)) throw error;
      isCodeMissing = true;
      await noteMissingCode();
    }
    tell({ kind: 'prepared', ticket, isCodeMissing });
  }

  async function work({ ticket, assignment, carriesUnsent }: EffectOf<'work'>): Promise<void> {
    const data = own.studio?.shardFor(shard!) ?? shard!;
    const unsent = bench!.takeUnsent();
    abort = new AbortController();
    show({
      lacksCode: false,
      samples: data.samples,
      isDemoShard: data === shard,
      version: Math.max(shown.state.version, assignment.baseVersion),
      backend: trainer!.backend,
      backendRefusal: parts.backendRefusal(),
      ...heldMemory(trainer!),
      ...(!assignment.probe && trainedShares(task!.model, trainer!.plan)),
    });
    const place = {
      trainer: trainer!,
      shard: data,
      staging: task!,
      carried: carriesUnsent ? unsent : null,
      signal: abort.signal,
      mayGoOn: gate.pass,
    };
    let brought: Brought;
    try {
      const done = await performWork(assignment, place, host);
      if (done) outcome = done;
      brought = !done ? 'nothing' : done.delta ? 'update' : 'probe';
    } catch (error) {
      if (ticket !== state.ticket) return;
      if (hasCode(error, 'divergence')) {
        brought = 'diverged';
        show({
          refused: shown.state.refused + 1,
          diverged: shown.state.diverged + 1,
          problem: `diverged: ${error.message}` satisfies KnownProblem,
        });
      } else if (isOfGpu(error)) {
        brought = 'noArena';
        await goOnWithoutGpu(error);
      } else {
        throw error;
      }
    }
    tell({ kind: 'worked', ticket, brought });
  }

  async function encode({ ticket }: EffectOf<'encode'>): Promise<void> {
    codec ??= await fetchDeltaCodec().catch(() => null);
    if (!codec) await noteMissingCode();
    tell({ kind: 'encoded', ticket, isCodeMissing: !codec });
  }

  function accepted({ work, answer, keepsUnsent }: EffectOf<'accepted'>): void {
    const { delta, sizes } = outcome!;
    const { encoding } = work.assignment;
    if (keepsUnsent && delta && encoding.kind === 'topK') {
      codec!.subtractSent(delta, message, sizes, encoding);
      bench!.keepUnsent(delta);
    }
    const { updates, version } = shown.state;
    show({
      problem: '',
      diverged: 0,
      version: Math.max(version, answer.version),
      ...(work.brought === 'update' && { updates: updates + 1, lastStaleness: answer.staleness }),
    });
  }

  async function createTrainer(plan: TrainingPlan): Promise<Trainer> {
    arenaBytes = plan.deviceBytes;
    await own.studio?.makeRoom(arenaBytes);
    return parts.createTrainer(plan);
  }

  /** The arena is gone with the GPU, and the local steps in it; the parameters come again from the server. */
  async function goOnWithoutGpu(error: Error): Promise<void> {
    parts.giveUpGpu();
    await bench?.clear();
    show({
      hasGpuFailed: true,
      problem: `gpuFailed: ${error.message}` satisfies KnownProblem,
    });
  }

  async function clearArena(): Promise<void> {
    await bench?.clear();
    for (const resolve of resting.splice(0)) resolve();
  }

  function stop(): void {
    connection++;
    tell({ kind: 'stopped' });
  }

  async function free(): Promise<void> {
    stop();
    await bench?.clear();
  }

  return {
    arenaBytes: () => arenaBytes,
    async joined(joined, entered) {
      const { openAssignment } = joined;
      isOtherSession ||= !joined.resumed;
      // What the arena holds is of another session, perhaps of another model.
      if (isOtherSession) stop();
      const mine = ++connection;
      if (isOtherSession) await bench?.clear();
      if (mine !== connection) return;
      if (isOtherSession) bench = null;
      task = joined.task;
      const store = bench ? null : ((await parts.openBlockStore?.(joined.deviceId, joined.resumed)) ?? null);
      if (mine !== connection) return;
      bench ??= createWorkbench(task.model, createTrainer, state, store, parts.isTrainerProvisional);
      entered();
      const isResumed = !isOtherSession;
      isOtherSession = false;
      tell({ kind: 'joined', isResumed, openAssignment, numTensors: parametersOf(task.model).length });
    },
    lost() {
      connection++;
      tell({ kind: 'lost' });
    },
    assigned(assignment, blocks, answer) {
      const offer = ++numOffers;
      offers.set(offer, { blocks, answer });
      // Long-polling brings the answer to an update and what follows from it in one turn: the answer is heard first.
      void Promise.resolve().then(() => tell({ kind: 'assigned', offer, assignment }));
    },
    async budgetChanged() {
      declared = undefined;
      tell({ kind: 'budgetChanged' });
      own.studio?.free();
      await declared;
    },
    stop,
    free,
    async rest() {
      await new Promise<void>((resolve) => {
        resting.push(resolve);
        tell({ kind: 'rested' });
      });
      arenaBytes = 0;
      show({ deviceBytes: 0, allocatedBytes: 0 });
    },
    goOn: () => tell({ kind: 'wentOn' }),
    setGate() {
      const { paused, held, pace } = shown.state;
      // Closed by the person, by the tab itself or by the teacher.
      const isHeld = paused || held !== '' || pace.isPaused;
      if (isHeld) gate.close();
      else gate.open();
      tell({ kind: 'held', isHeld });
    },
  };
}
