// Runs the coordinator of production with thousands of simulated devices under a virtual clock. Local work is real: the
// same steps by the same engine as in a tab, computed ahead of the moment when its outcome arrives.
//
// Safety: what happens next follows from virtual time alone, and what local work gives from its arguments alone, so that
// nothing depends on who computes or how fast. Liveness: each turn handles the earliest of what is to come.

import { initialParameters } from '../engine/initialParameters.ts';
import { numParameters, type Parameters } from '../engine/model.ts';
import { modelOfScheme } from '../engine/schemeModel.ts';
import { uploadOf } from '../contract/deltaBytes.ts';
import type { Variant } from '../engine/wasm/code/lanes.ts';
import type { RunConfig } from '../federation/config.ts';
import { createCoordinator } from '../federation/coordinator.ts';
import type { OwnRules } from '../federation/own/ownStrategy.ts';
import type { AssignmentOrder, Effect, FederationEvent } from '../federation/events.ts';
import { mostBytes } from '../federation/serverBytes.ts';
import { createSelector } from '../selection/createSelector.ts';
import { createProbePlanner } from '../selection/createProbePlanner.ts';
import { createPrecisionLookup } from '../selection/precisionLookup.ts';
import type { Dataset } from '../tasks/task.ts';
import { createComings } from './comings.ts';
import type { Compute, DeviceRequest, Pending, Scores } from './compute.ts';
import { createWorkPlanner } from './plannedWork.ts';
import { personalFiguresOf, shardsOf } from './personalModels.ts';
import { createProgressWatch, stopReasonOf, type Standstill } from './progressWatch.ts';
import { createScoreGrid, timeToTarget } from './scoreGrid.ts';
import { createSimulatedFleet } from './simulatedFleet.ts';
import type { SimulationConfig } from './simulationConfig.ts';
import type { SimulationData } from './simulationData.ts';
import type { SimulationResult, StopReason } from './simulationResult.ts';
import { causeOf } from './standstill.ts';
import { createTally } from './tally.ts';
import { createVirtualDevices, slowClassesOf, type VirtualDevice } from './virtualDevices.ts';
import type { VirtualSearch } from './virtualSearch.ts';

/** Turns between two looks at what else the process has to do. */
const TURNS_PER_BREATH = 200;

/** What the simulation has of where it runs: Node, or a tab. */
export interface SimulationHost {
  readonly compute: Compute;
  readonly search: VirtualSearch;
  /** The same values where all who compute see them; the same copy for the same array. */
  readonly share: (values: Float32Array) => Float32Array;
  /** Lets others have a turn. */
  readonly breathe: () => Promise<void>;
  /** Time of the machine since the simulation was asked for; it decides nothing. */
  readonly elapsedMs: () => number;
}

export interface SimulationProgress {
  readonly updates: number;
  readonly versions: number;
  readonly virtualSeconds: number;
  /** Newest on validation data, -1 before the first. */
  readonly score: number;
}

export interface SimulationParts {
  readonly config: SimulationConfig;
  /** What follows from it for the server. */
  readonly run: RunConfig;
  /** Functions of the strategy, where it is code. */
  readonly rules?: OwnRules | undefined;
  readonly data: SimulationData;
  readonly host: SimulationHost;
  /** Aborted: the result is that of what there is, `partial`. */
  readonly signal?: AbortSignal | undefined;
  /** Called at each update that was answered, and now and then between. */
  readonly onProgress?: ((progress: SimulationProgress) => void) | undefined;
}

/** Simulates to the configured end, or to where it gets nowhere any more (`cause`). */
export async function runSimulation(parts: SimulationParts): Promise<SimulationResult> {
  const { config, run, rules, data, host, signal, onProgress } = parts;
  const { compute, search } = host;
  const { task } = data;
  const { model, metric, scale, offset } = task;
  const variant: Variant = config.relaxed ? 'relaxed' : 'simd';
  const { shards, heldOut } = shardsOf(config, data);
  const devices = createVirtualDevices(config, shards, data.train.labels);
  const tally = createTally(devices, run.strategy, numParameters(model));
  const watch = createProgressWatch(config, run, tally);
  const { batch } = run.localWork;
  const upload = uploadOf(run.encoding.up);
  const workOf = createWorkPlanner(model, run.localWork, upload);
  const measuresNoise = run.strategy.variance.kind === 'gradientNoise';
  const coordinator = createCoordinator({
    config: run,
    model,
    selectScheme: createSelector(model, { batch, upload }),
    precisionsOf: createPrecisionLookup(model, batch, upload),
    parameters: data.start ?? initialParameters(model, config.seed),
    rules,
    hasSearch: config.searchSeconds !== undefined,
    ...(run.contributions.kind === 'probes' && {
      probePlanner: createProbePlanner(model, batch, upload),
    }),
  });
  let nowMs = 0;
  let smallestBudgetBytes = Infinity;
  let serverBytes = coordinator.serverBytes();

  const fleet = createSimulatedFleet({
    devices,
    model,
    comings: createComings(config.world),
    hostile: config.hostile,
    tally,
    planWork: ({ scheme }, device) => workOf(scheme, device.budgetBytes),
    train: (order, device, base, carried, dueMs) =>
      compute.train({ ...requestOf(order, device, base), carried, measuresNoise }, dueMs),
    probe: (order, device, base, dueMs) =>
      compute.probe({ ...requestOf(order, device, base), ...order.probe! }, dueMs),
    isOpen: ({ assignmentId, deviceId }) => coordinator.openAssignment(deviceId) === assignmentId,
    tell,
  });
  const scoreOn =
    (test: Dataset, wantsRecalls: boolean) =>
    (parameters: Parameters, dueMs: number): Pending<Scores> =>
      compute.score(
        {
          model,
          variant,
          parameters: parameters.map(host.share),
          test,
          metric,
          scale,
          offset,
          wantsRecalls,
        },
        dueMs,
      );
  const grid = createScoreGrid(config.evaluateEverySeconds * 1000, scoreOn(data.validation, false));

  function requestOf(
    { scheme, localWork, encoding, seed }: AssignmentOrder,
    { budgetBytes, samples }: VirtualDevice,
    base: Parameters,
  ): DeviceRequest {
    return {
      model: modelOfScheme(model, scheme),
      scheme: { entries: scheme.entries },
      budgetBytes,
      variant,
      base: base.map(host.share),
      train: data.train,
      samples,
      scale,
      offset,
      localWork,
      encoding,
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
        serverBytes = mostBytes(serverBytes, coordinator.serverBytes());
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
        await host.breathe();
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
  const last = scoreOn(data.test, true)(coordinator.parameters, nowMs);
  const personalising =
    config.personal && !signal?.aborted
      ? personalFiguresOf(devices, heldOut, (device, samples) =>
          compute.personalise(
            {
              model,
              variant,
              base: coordinator.parameters.map(host.share),
              budgetBytes: device.budgetBytes,
              train: data.train,
              samples: device.samples,
              heldOut: samples,
              scale,
              offset,
            },
            nowMs,
          ),
        )
      : [];
  const [curve, final, personal] = [await grid.curve(), await last.outcome, await personalising];
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
    recalls: final.recalls ?? [],
    slowClasses: slowClassesOf(config, data.train.labels),
    versions: coordinator.version,
    updates: figures.accepted,
    ...figures,
    refusals,
    expired,
    serverBytes,
    virtualSeconds: nowMs / 1000,
    wallSeconds: host.elapsedMs() / 1000,
    target,
    timeToTarget: timeToTarget(curve, metric, target),
    curve,
    personal,
  };
}
