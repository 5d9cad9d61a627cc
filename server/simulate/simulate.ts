// Runs the coordinator of production with thousands of simulated devices under a virtual clock. Local work is real: the
// same steps by the same engine as in a tab, computed in threads ahead of the moment when its outcome arrives.
//
// Safety: what happens next follows from virtual time alone, and what local work gives from its arguments alone, so that
// nothing depends on how many threads there are or how fast. Liveness: each turn handles the earliest of what is to come.

import { setFlagsFromString } from 'node:v8';
import { initialParameters } from '../../shared/engine/initialParameters.ts';
import { numParameters, type Parameters } from '../../shared/engine/model.ts';
import { modelOfScheme } from '../../shared/engine/schemeModel.ts';
import type { Variant } from '../../shared/engine/wasm/code/lanes.ts';
import { createCoordinator } from '../../shared/federation/coordinator.ts';
import type { AssignmentOrder, Effect, FederationEvent } from '../../shared/federation/events.ts';
import { createSelector } from '../../shared/selection/createSelector.ts';
import { createProbePlanner } from '../../shared/selection/createProbePlanner.ts';
import { createPrecisionLookup } from '../../shared/selection/precisionLookup.ts';
import { createTaskOpener, type TaskOpener } from '../data/openTask.ts';
import { createComings } from '../../shared/simulate/comings.ts';
import { openSimulation, type OpenedSimulation } from './openSimulation.ts';
import { createWorkPlanner } from '../../shared/simulate/plannedWork.ts';
import { createComputePool, type ComputePool } from './pool/computePool.ts';
import type { DeviceRequest } from '../../shared/simulate/poolMessages.ts';
import { createProgressWatch, stopReasonOf, type Standstill } from '../../shared/simulate/progressWatch.ts';
import { createScoreGrid, timeToTarget } from '../../shared/simulate/scoreGrid.ts';
import { createSharing } from './sharedArrays.ts';
import { createSimulatedFleet } from '../../shared/simulate/simulatedFleet.ts';
import { runConfigOf, type SimulationInput } from '../../shared/simulate/simulationConfig.ts';
import { loadSimulationData } from './simulationData.ts';
import type { SimulationResult, StopReason } from '../../shared/simulate/simulationResult.ts';
import { causeOf } from '../../shared/simulate/standstill.ts';
import { createTally } from '../../shared/simulate/tally.ts';
import { createVirtualDevices, type VirtualDevice } from '../../shared/simulate/virtualDevices.ts';
import { createVirtualSearch } from './virtualSearch.ts';

/** Turns between two looks at what else the process has to do. */
const TURNS_PER_BREATH = 200;

export interface SimulateOptions {
  /** Folder of data files, for tasks that need them. */
  readonly dataDir?: string;
  /** Opens the task; default: by its id, or as a file relative to the working directory. */
  readonly open?: TaskOpener;
  /** Threads that compute; default: as many as there are cores, closed at the end. */
  readonly pool?: ComputePool;
  /** Aborted: the result is that of what there is, `partial`. */
  readonly signal?: AbortSignal;
  /** Called at each update that was answered, and now and then between. */
  readonly onProgress?: (progress: SimulationProgress) => void;
}

export interface SimulationProgress {
  readonly updates: number;
  readonly versions: number;
  readonly virtualSeconds: number;
  /** Newest on validation data, -1 before the first. */
  readonly score: number;
}

/**
 * Simulates to the configured end, or to where it gets nowhere any more (`cause`). Throws TypeError or RangeError naming the field of a configuration that cannot work,
 * before any work; DataError where data files are missing.
 */
export async function simulate(
  input: SimulationInput,
  options: SimulateOptions = {},
): Promise<SimulationResult> {
  const open = options.open ?? createTaskOpener(options.dataDir ?? '');
  const opened = await openSimulation(input, open);
  const pool = options.pool ?? createComputePool();
  try {
    return await simulateIn(pool, opened, open, options);
  } finally {
    if (!options.pool) await pool.close();
  }
}

async function simulateIn(
  pool: ComputePool,
  { config, ownTask }: OpenedSimulation,
  open: TaskOpener,
  { dataDir = '', signal, onProgress }: SimulateOptions,
): Promise<SimulationResult> {
  const startedMs = performance.now();
  const run = runConfigOf(config, ownTask?.task);
  const data = await loadSimulationData(config, open, dataDir);
  const { task } = data;
  const { model, metric, scale, offset } = task;
  // Node 20 has relaxed SIMD behind a flag, which is the whole process's.
  if (config.relaxed) setFlagsFromString('--experimental-wasm-relaxed-simd');
  const variant: Variant = config.relaxed ? 'relaxed' : 'simd';
  const devices = createVirtualDevices(config, data.shards, data.train.labels);
  const tally = createTally(devices, run.strategy, numParameters(model));
  const watch = createProgressWatch(config, run, tally);
  const share = createSharing();
  const workOf = createWorkPlanner(model, run.localWork);
  const measuresNoise = run.strategy.variance.kind === 'gradientNoise';
  const coordinator = createCoordinator({
    config: run,
    model,
    selectScheme: createSelector(model, { batch: run.localWork.batch }),
    precisionsOf: createPrecisionLookup(model, run.localWork.batch),
    parameters: initialParameters(model, config.seed),
    hasSearch: config.searchSeconds !== undefined,
    ...(run.contributions.kind === 'probes' && {
      probePlanner: createProbePlanner(model, run.localWork.batch),
    }),
  });
  const search = createVirtualSearch(config, run.localWork, task, data.train);
  let nowMs = 0;
  let smallestBudgetBytes = Infinity;

  const fleet = createSimulatedFleet({
    devices,
    model,
    comings: createComings(config.world),
    hostile: config.hostile,
    tally,
    planWork: ({ scheme }, device) => workOf(scheme, device.budgetBytes),
    train: (order, device, base, carried, dueMs) => {
      const { encoding } = order;
      return pool.train({ ...requestOf(order, device, base), carried, measuresNoise, encoding }, dueMs);
    },
    probe: (order, device, base, dueMs) =>
      pool.probe({ ...requestOf(order, device, base), ...order.probe! }, dueMs),
    isOpen: ({ assignmentId, deviceId }) => coordinator.openAssignment(deviceId) === assignmentId,
    tell,
  });
  const grid = createScoreGrid(config.evaluateEverySeconds * 1000, (parameters, dueMs) =>
    pool.score(
      { model, variant, parameters: parameters.map(share), test: data.validation, metric, scale, offset },
      dueMs,
    ),
  );

  function requestOf(
    { scheme, localWork, seed }: AssignmentOrder,
    { budgetBytes, samples }: VirtualDevice,
    base: Parameters,
  ): DeviceRequest {
    return {
      model: modelOfScheme(model, scheme),
      scheme: { entries: scheme.entries },
      budgetBytes,
      variant,
      base: base.map(share),
      train: data.train,
      samples,
      scale,
      offset,
      localWork,
      seed,
    };
  }

  function tell(event: FederationEvent): void {
    for (const effect of coordinator.handle(event)) {
      // Before the step that it may bring, by which the buffer is empty.
      if (event.kind === 'updateReceived' && effect.kind === 'answerUpdate' && effect.outcome.accepted)
        watch.accepted(nowMs, event.delta.byteLength);
      execute(effect);
    }
  }

  function execute(effect: Effect): void {
    switch (effect.kind) {
      case 'assign':
        return fleet.assigned(effect.order, nowMs);
      case 'answerUpdate':
        tally.answered(effect.deviceId, effect.outcome);
        if (!effect.outcome.accepted) watch.refused(effect.outcome.code);
        fleet.answered(effect.deviceId, effect.outcome);
        return report();
      case 'answerProbe':
        if (effect.outcome.accepted) watch.probed(nowMs);
        tally.probeAnswered(effect.outcome);
        return fleet.answered(effect.deviceId, effect.outcome);
      case 'stepped':
        watch.stepped();
        return tally.stepped(effect.record);
      case 'refuseDevice':
        smallestBudgetBytes = Math.min(smallestBudgetBytes, effect.smallestBudgetBytes);
        return fleet.refused(effect.deviceId);
      case 'searchScheme':
        return search.begin(effect, nowMs);
      case 'forgotten':
        return undefined;
      case 'wakeAt':
        // It is read from the coordinator at each turn.
        return undefined;
      default:
        throw new Error(`internal: unknown effect ${JSON.stringify(effect satisfies never)}`);
    }
  }

  function report(): void {
    onProgress?.({
      updates: tally.accepted,
      versions: coordinator.version,
      virtualSeconds: nowMs / 1000,
      score: grid.newest,
    });
  }

  const { updates: maxUpdates = Infinity, virtualSeconds = Infinity, untilTarget } = config.stop;
  const endMs = virtualSeconds * 1000;
  const target = config.target ?? task.target;

  async function proceedToEnd(): Promise<StopReason | Standstill> {
    for (let turn = 1; ; turn++) {
      // Waiting for what has been computed already leaves no room for signals and messages.
      if (turn % TURNS_PER_BREATH === 0) {
        await new Promise(setImmediate);
        report();
      }
      if (signal?.aborted) return 'interrupted';
      if (tally.accepted >= maxUpdates) return 'updates';
      const standstill = watch.look(nowMs, grid.count);
      if (standstill) return standstill;
      const wakeMs = coordinator.wakeAtMs ?? Infinity;
      const nextMs = Math.min(fleet.nextAtMs, wakeMs, search.nextAtMs);
      if (nextMs === Infinity) return { kind: 'nothingToCome' };
      if (Math.min(nextMs, grid.nextAtMs) > endMs) {
        nowMs = endMs;
        return 'virtualSeconds';
      }
      if (grid.nextAtMs < nextMs) {
        nowMs = grid.nextAtMs;
        grid.note(coordinator.version, coordinator.parameters, tally.costSoFar);
        if (untilTarget && timeToTarget(await grid.curve(3), metric, target) !== null) return 'target';
      } else if (wakeMs <= nextMs) {
        nowMs = wakeMs;
        tell({ kind: 'clockAdvanced', atMs: nowMs });
      } else if (search.nextAtMs <= nextMs) {
        nowMs = search.nextAtMs;
        tell({ kind: 'schemeFound', atMs: nowMs, ...(await search.finish()) });
      } else {
        nowMs = nextMs;
        await fleet.proceed();
      }
    }
  }

  const end = await proceedToEnd().finally(() => search.close());
  const status = coordinator.status();
  const idle = watch.idle;
  fleet.stop();
  const last = pool.score(
    {
      model,
      variant,
      parameters: coordinator.parameters.map(share),
      test: data.test,
      metric,
      scale,
      offset,
    },
    nowMs,
  );
  const [curve, final] = [await grid.curve(), await last.outcome];
  const { refusals, expired } = status;
  const figures = tally.figures();
  const devicesRefused = Object.values(figures.byClass).reduce(
    (sum, { refusedDevices }) => sum + refusedDevices,
    0,
  );
  const stoppedBy = typeof end === 'string' ? end : stopReasonOf(end, idle);
  const cause =
    typeof end === 'string'
      ? null
      : causeOf(end, {
          config,
          run,
          status,
          idle,
          refused: { devices: devicesRefused, smallestBudgetBytes },
          target,
        });
  return {
    task: task.id,
    strategy: run.strategy.name,
    subset: config.subset ?? run.subset.kind,
    devices: config.devices,
    seed: config.seed,
    partial: stoppedBy === 'interrupted',
    stoppedBy,
    cause,
    finalScore: final.score,
    finalAccuracy: final.accuracy,
    finalLoss: final.loss,
    versions: coordinator.version,
    updates: figures.accepted,
    ...figures,
    refusals,
    expired,
    virtualSeconds: nowMs / 1000,
    wallSeconds: (performance.now() - startedMs) / 1000,
    target,
    timeToTarget: timeToTarget(curve, metric, target),
    curve,
  };
}
