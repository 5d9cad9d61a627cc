// One run while a server is up: the durable coordinator with its wake-ups, checkpoints, evaluations and files.
// Knows nothing of sockets: whoever delivers assignments and tells devices of the end is handed in.

import type { Parameters } from '../../shared/engine/model.ts';
import type { UpdateScheme } from '../../shared/engine/scheme.ts';
import type { Examination } from '../../shared/contract/dashboard.ts';
import type { RefusalCode } from '../../shared/contract/messages.ts';
import type { RunStatus } from '../../shared/contract/status.ts';
import type { Waiting } from '../../shared/contract/waiting.ts';
import { isReached } from '../../shared/tasks/metric.ts';
import type { Dataset, TaskDefinition } from '../../shared/tasks/task.ts';
import { createEvaluator, type Evaluator, type EvaluatorOptions } from '../evaluate/evaluator.ts';
import type { EvaluationResult } from '../../shared/evaluate/evaluationMessages.ts';
import { checkConfig } from '../../shared/federation/checkConfig.ts';
import type { RunConfig, RunSettings } from '../../shared/federation/config.ts';
import {
  createCoordinator,
  restoreCoordinator,
  type Coordinator,
} from '../../shared/federation/coordinator.ts';
import type { AssignmentOrder, BlockOrder, Effect } from '../../shared/federation/events.ts';
import type { ProbePlanner } from '../../shared/federation/probePlanner.ts';
import { withSettings } from '../../shared/federation/settings.ts';
import { wayIn } from '../../shared/federation/subnetworkChoice.ts';
import type { SelectScheme } from '../../shared/federation/selectScheme.ts';
import type { SchemeSearch } from '../../shared/federation/schemeSearch.ts';
import type { CoordinatorStatus } from '../../shared/federation/status.ts';
import type { SearchProgress } from '../search/searchMessages.ts';
import type { SchemeFinder } from '../search/schemeFinder.ts';
import { createPrecisionLookup } from '../../shared/selection/precisionLookup.ts';
import type { DeviceAccount } from '../store/ledger.ts';
import { openDurableCoordinator, type UntimedEvent } from '../store/durableCoordinator.ts';
import { figuresOf, type Evaluation } from '../store/keptLines.ts';
import { diskFaultOf } from '../store/diskFault.ts';
import { writeFailure } from '../store/writeFailure.ts';
import { initialParameters } from '../../shared/engine/initialParameters.ts';
import { createBlockEncoder } from './blockEncoder.ts';
import { describeRun, describeWaiting } from './describeRun.ts';
import { thisMachine, type Machine } from './machine.ts';
import { onOwnBehalf } from '../http/guard/containment.ts';
import { createMilestones } from './milestones.ts';
import { createRunFiles } from './runFiles.ts';
import { createRunHistory, type RunHistoryRecorder } from './runHistory.ts';

/** A checkpoint is due after this much journal even if few steps were made, or none. */
const CHECKPOINT_EVERY_BYTES = 64 * 1024 * 1024;
/** `devices.jsonl` is written no more often: it names all devices. */
const DEPARTURES_EVERY_MS = 1000;
/** Longer timers fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export interface RunLimits {
  /** The run ends when an evaluation reaches this score; 0: never. */
  readonly targetScore: number;
  /** The run ends at this version; 0: never. */
  readonly maxVersions: number;
}

export interface LiveRunOptions {
  readonly config: RunConfig;
  readonly folder: string;
  readonly task: TaskDefinition;
  readonly test: Dataset;
  /** Demo shards, dealt to devices by their seed or in turn. */
  readonly shards: readonly Dataset[];
  readonly selectScheme: SelectScheme;
  /** Searches for better schemes than `selectScheme` gives; closed with the run. */
  readonly schemeFinder?: SchemeFinder | undefined;
  /** What devices probe, where they are to tell what a search goes by. */
  readonly probePlanner?: ProbePlanner | undefined;
  readonly evaluateEveryMs: number;
  readonly checkpointEverySteps: number;
  readonly checkpointEveryBytes?: number | undefined;
  /** Goes on without what of the folder is damaged or missing. */
  readonly acceptsLoss?: boolean | undefined;
  readonly limits: RunLimits;
  /** A fault that the run cannot go on from (the disk, the evaluation thread). */
  readonly onFailure: (error: Error) => void;
  /** Default: this one. */
  readonly machine?: Machine | undefined;
  /** What makes the run's state machine, and takes it up again. Default: that of `federation`. */
  readonly coordinators?: Coordinators | undefined;
  /** Default: one in a thread of its own. */
  readonly openEvaluator?: ((options: EvaluatorOptions) => Evaluator) | undefined;
}

export interface Coordinators {
  readonly create: typeof createCoordinator;
  readonly restore: typeof restoreCoordinator;
}

/** Why a run ends: it is over, or another one takes its place and its devices. */
export type RunEnd = Extract<RefusalCode, 'runEnded' | 'moved'>;

/** How a live run reaches its devices; called only for what is durable. */
export interface RunOutlet {
  /** Delivers, or drops it where the device is not connected: its lease ends by itself. */
  readonly assign: (order: AssignmentOrder) => void;
  readonly ended: (end: RunEnd) => void;
  readonly removed: (deviceId: string) => void;
  /** Nothing fits its budget any more. */
  readonly refused: (deviceId: string, smallestBudgetBytes: number) => void;
}

export interface LiveRun {
  /** With the settings as they stand. */
  readonly config: RunConfig;
  readonly task: TaskDefinition;
  readonly folder: string;
  /** What whoever started the server is to be told of the folder, a sentence each. */
  readonly notes: readonly string[];
  readonly version: number;
  /** The newest model's; immutable. */
  readonly parameters: Parameters;
  /** Newest held-out score, -1 before the first evaluation. */
  readonly score: number;
  readonly evaluations: readonly Evaluation[];
  readonly isEnded: boolean;
  /** Resolves when the run has ended by one of its limits or by `end`. */
  readonly whenEnded: Promise<void>;
  attach(outlet: RunOutlet): void;
  /**
   * Handles a device's event. `answer` is called once it is durable, before any assignment that follows from it is
   * delivered; never, when the disk refuses (then `onFailure` is told).
   */
  submit(event: UntimedEvent, answer?: (effects: readonly Effect[]) => void): Promise<void>;
  /** The bytes of a block of an assignment of this scheme; encoded once for all devices that get the same. */
  encodeBlock(block: BlockOrder, scheme: UpdateScheme): Uint8Array;
  isKnown(deviceId: string): boolean;
  isRemoved(deviceId: string): boolean;
  /** Whether a device of this budget can take part. */
  hasPartFor(budgetBytes: number): boolean;
  /** What is kept of each device beside the coordinator's figures. */
  accountOf(deviceId: string): DeviceAccount | undefined;
  /** From now on the run goes by these; resolves when that is durable. Throws RangeError for what cannot work. */
  changeSettings(settings: RunSettings): Promise<void>;
  /** The device's budget narrows nobody from now on, or may again; resolves when that is durable. */
  exemptDevice(deviceId: string, isExempt: boolean): Promise<void>;
  /** Takes its place from the device, which is told so; its session is void. */
  removeDevice(deviceId: string): Promise<void>;
  openAssignment(deviceId: string): string;
  /** Who takes part, by kind. */
  readonly census: Coordinator['census'];
  numConnected(): number;
  /** The demo shard of a device that has joined or joins next; `dataSeed` -1: by the order of joining. */
  shardOf(deviceId: string, dataSeed: number): Dataset;
  /** Counts a refusal that never reached the coordinator. */
  countRefusal(code: RefusalCode): void;
  status(): RunStatus;
  /** What the run waits for, whoever steers it apart; null: it goes on by itself, or has ended. */
  waiting(): Waiting | null;
  /** The coordinator's own view. */
  federation(): CoordinatorStatus;
  readonly history: RunHistoryRecorder;
  /** What the device was last given to train since the server started. */
  schemeOf(deviceId: string): UpdateScheme | undefined;
  /** The held-out samples. */
  readonly test: Dataset;
  /** Of the newest version that was examined; null before. */
  readonly examination: Examination | null;
  /** Evaluations examine what the model mixes up, or no more. */
  setExamining(isWanted: boolean): void;
  /** Rejects when the run ends or is closed before. */
  whenScore(target: number): Promise<Evaluation>;
  whenVersion(version: number): Promise<void>;
  /** No device gets work any more; each is told so. Default: it is over. */
  end(end?: RunEnd): void;
  /** Somebody has left: `devices.jsonl` is written soon, once for all who do meanwhile. */
  noteDeparture(): void;
  /** Evaluates the newest version, writes the final files and a checkpoint, closes the folder. */
  close(): Promise<void>;
}

export async function openLiveRun(options: LiveRunOptions): Promise<LiveRun> {
  const { config, folder, task, test, shards, limits, machine = thisMachine } = options;
  const { create, restore } = options.coordinators ?? {
    create: createCoordinator,
    restore: restoreCoordinator,
  };
  const onFailure = (error: Error): void =>
    options.onFailure(diskFaultOf(error) === null ? error : writeFailure(folder, error));
  const { model } = task;
  const precisionsOf = createPrecisionLookup(model, config.localWork.batch);
  const deps = {
    config,
    model,
    selectScheme: options.selectScheme,
    precisionsOf,
    hasSearch: options.schemeFinder !== undefined,
    ...(options.probePlanner && { probePlanner: options.probePlanner }),
  };
  const evaluations: Evaluation[] = [];
  const history = createRunHistory([], []);
  const durable = await openDurableCoordinator({
    folder,
    disk: machine.disk,
    clock: machine.nowMs,
    create: () => create({ ...deps, parameters: initialParameters(model, config.seed) }),
    restore: (snapshot) => restore(snapshot, deps),
    onStep: (step) => history.addStep(step),
    onEvaluation(evaluation) {
      evaluations.push(evaluation);
      history.addEvaluation(evaluation);
    },
    acceptsLoss: options.acceptsLoss ?? false,
  });
  const { coordinator, ledger, store } = durable;
  const schemes = new Map<string, UpdateScheme>();
  let examination: Examination | null = null;
  let searchProgress: SearchProgress | null = null;
  const refusals: Partial<Record<RefusalCode, number>> = {};
  let outlet: RunOutlet = { assign() {}, ended() {}, removed() {}, refused() {} };
  let callOffWake: (() => void) | null = null;
  let stepsSinceCheckpoint = durable.numReplayedSteps;
  let noting: Promise<unknown> = Promise.resolve();
  let checkpointing: Promise<void> | null = null;
  let callOffDepartures: (() => void) | null = null;
  let isEnded = false;
  let isClosed = false;
  const milestones = createMilestones(config.id);
  let resolveEnded!: () => void;
  const whenEnded = new Promise<void>((resolve) => (resolveEnded = resolve));

  const evaluator = (options.openEvaluator ?? createEvaluator)({
    setup: { model, test, metric: task.metric, scale: task.scale, offset: task.offset },
    everyMs: options.evaluateEveryMs,
    onResult: noteEvaluation,
    onExamination: (newest) => (examination = newest),
    onFailure,
  });

  function noteEvaluation(result: EvaluationResult): void {
    noting = durable.noteEvaluation(result).then(takeEvaluation).catch(onFailure);
  }

  function takeEvaluation(evaluation: Evaluation): void {
    evaluations.push(evaluation);
    history.addEvaluation(evaluation);
    store.evaluations.append(evaluation);
    milestones.check();
    if (limits.targetScore > 0 && isReached(task.metric, evaluation.score, limits.targetScore)) end();
  }

  function end(why: RunEnd = 'runEnded'): void {
    if (isEnded) return;
    isEnded = true;
    milestones.close();
    outlet.ended(why);
    resolveEnded();
  }

  function wakeAt(atMs: number): void {
    callOffWake?.();
    const delayMs = Math.min(Math.max(0, atMs - durable.nowMs()), MAX_TIMER_MS);
    callOffWake = machine.after(delayMs, () => void submit({ kind: 'clockAdvanced' }));
  }

  /** A fault of the coordinator is the run's own, whoever's message it was that met it. */
  const submit: LiveRun['submit'] = (event, answer) => onOwnBehalf(() => take(event, answer));

  async function take(
    event: UntimedEvent,
    answer: (effects: readonly Effect[]) => void = () => {},
  ): Promise<void> {
    if (isClosed) return;
    const handled = durable.handle(event);
    if (coordinator.wakeAtMs !== null) wakeAt(coordinator.wakeAtMs);
    try {
      const effects = await handled;
      answer(effects);
      for (const effect of effects) execute(effect);
      checkpointWhenDue();
    } catch (error) {
      onFailure(error as Error);
    }
  }

  function execute(effect: Effect): void {
    switch (effect.kind) {
      case 'assign':
        if (!effect.order.probe) schemes.set(effect.order.deviceId, effect.order.scheme);
        if (!isEnded) outlet.assign(effect.order);
        return;
      case 'stepped':
        store.metrics.append({ ...effect.record, ...figuresOf(evaluations.at(-1)) });
        history.addStep(effect.record);
        evaluator.offer(effect.record.version, effect.parameters);
        stepsSinceCheckpoint++;
        milestones.check();
        if (limits.maxVersions > 0 && effect.record.version >= limits.maxVersions) end();
        return;
      case 'searchScheme':
        void search(effect);
        return;
      case 'forgotten':
        schemes.delete(effect.deviceId);
        return;
      case 'answerUpdate':
      case 'answerProbe':
      case 'refuseDevice':
      case 'wakeAt':
        return;
      default:
        throw new Error(`internal: unknown effect ${JSON.stringify(effect satisfies never)}`);
    }
  }

  async function search(wanted: SchemeSearch): Promise<void> {
    try {
      const choice = await options.schemeFinder!.find(wanted, (progress) => (searchProgress = progress));
      searchProgress = null;
      await submit({ kind: 'schemeFound', budgetBytes: wanted.budgetBytes, choice });
    } catch (error) {
      if (!isClosed) onFailure(error as Error);
    }
  }

  function checkpointWhenDue(): void {
    const isDue =
      stepsSinceCheckpoint >= options.checkpointEverySteps ||
      store.bytesSinceCheckpoint >= (options.checkpointEveryBytes ?? CHECKPOINT_EVERY_BYTES);
    if (!isDue || checkpointing !== null || isClosed) return;
    stepsSinceCheckpoint = 0;
    checkpointing = durable
      .checkpoint()
      .catch(onFailure)
      .finally(() => (checkpointing = null));
  }

  function writeDevices(): void {
    callOffDepartures = null;
    if (isClosed) return;
    try {
      files.writeDevices();
    } catch (error) {
      onFailure(error as Error);
    }
  }

  const status = (): RunStatus =>
    describeRun({
      config: coordinator.config,
      task,
      coordinator,
      ledger,
      evaluations,
      refusals,
      searchProgress,
      nowMs: durable.nowMs(),
    });

  const files = createRunFiles({ store, coordinator, task, evaluations, status });

  files.writeSettings();
  if (coordinator.wakeAtMs !== null) wakeAt(coordinator.wakeAtMs);
  if (coordinator.searching) void search(coordinator.searching);
  if (evaluations.at(-1)?.version !== coordinator.version) {
    evaluator.offer(coordinator.version, coordinator.parameters);
  }

  return {
    get config() {
      return coordinator.config;
    },
    task,
    folder,
    notes: store.notes,
    evaluations,
    whenEnded,
    get version() {
      return coordinator.version;
    },
    get parameters() {
      return coordinator.parameters;
    },
    get score() {
      return figuresOf(evaluations.at(-1)).score;
    },
    get isEnded() {
      return isEnded;
    },
    attach(newOutlet) {
      outlet = newOutlet;
    },
    submit,
    encodeBlock: createBlockEncoder(model),
    isKnown(deviceId) {
      const account = ledger.devices.get(deviceId);
      return account !== undefined && !account.isForgotten;
    },
    isRemoved: (deviceId) => ledger.devices.get(deviceId)?.isRemoved ?? false,
    hasPartFor: (budgetBytes) =>
      !('smallestBudgetBytes' in wayIn({ ...deps, config: coordinator.config }, budgetBytes)),
    accountOf: (deviceId) => ledger.devices.get(deviceId),
    async changeSettings(settings) {
      checkConfig(withSettings(config, settings));
      await submit({ kind: 'settingsChanged', settings }, (effects) => {
        files.writeSettings();
        for (const effect of effects)
          if (effect.kind === 'refuseDevice') outlet.refused(effect.deviceId, effect.smallestBudgetBytes);
      });
    },
    exemptDevice: (deviceId, isExempt) => submit({ kind: 'deviceExempted', deviceId, isExempt }),
    removeDevice: (deviceId) => submit({ kind: 'deviceRemoved', deviceId }, () => outlet.removed(deviceId)),
    census: coordinator.census,
    openAssignment: (deviceId) => coordinator.openAssignment(deviceId),
    numConnected: () => coordinator.connectedDevices().length,
    shardOf: (deviceId, dataSeed) => {
      // One that is about to join for the first time will be the next.
      const index = dataSeed >= 0 ? dataSeed : (ledger.devices.get(deviceId)?.index ?? ledger.devices.size);
      return shards[index % shards.length]!;
    },
    countRefusal(code) {
      refusals[code] = (refusals[code] ?? 0) + 1;
    },
    status,
    waiting: () =>
      isEnded ? null : describeWaiting({ config: coordinator.config, searchProgress }, coordinator.status()),
    federation: () => coordinator.status(),
    history,
    schemeOf: (deviceId) => schemes.get(deviceId),
    test,
    get examination() {
      return examination;
    },
    setExamining: (isWanted) => evaluator.setExamining(isWanted),
    whenScore: (target) =>
      milestones.wait(
        () => evaluations.find(({ score }) => isReached(task.metric, score, target)) ?? null,
        `${task.metric} ${target}`,
      ),
    async whenVersion(version) {
      await milestones.wait(() => (coordinator.version >= version ? version : null), `version ${version}`);
    },
    end,
    noteDeparture() {
      callOffDepartures ??= machine.after(DEPARTURES_EVERY_MS, writeDevices);
    },
    async close() {
      if (isClosed) return;
      callOffWake?.();
      await evaluator.finish();
      await noting;
      isClosed = true;
      callOffDepartures?.();
      callOffWake?.();
      milestones.close();
      await options.schemeFinder?.close();
      await evaluator.close();
      await noting;
      await checkpointing;
      await durable.checkpoint();
      files.writeDevices();
      files.writeModel();
      await durable.close();
    },
  };
}
