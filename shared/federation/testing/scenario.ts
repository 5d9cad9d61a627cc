// A coordinator with a hand on its clock, for tests: says what devices do, keeps what the coordinator answered.

import { initialParameters } from '../../engine/initialParameters.ts';
import type { ModelSpec, Parameters } from '../../engine/model.ts';
import { fullScheme, layerScheme, type UpdateScheme } from '../../engine/scheme.ts';
import { modelOfScheme } from '../../engine/schemeModel.ts';
import type { Width } from '../../engine/width.ts';
import type { DeviceInfo, Holding, ProbeHeader, UpdateHeader } from '../../contract/messages.ts';
import { resolveRun, type GivenRun, type GivenStrategy, type RunConfig } from '../config.ts';
import { createCoordinator, type Coordinator } from '../coordinator.ts';
import type { AssignmentOrder, Effect, FederationEvent, UpdateOutcome } from '../events.ts';
import type { Probe, ProbePlanner } from '../probePlanner.ts';
import type { SelectScheme } from '../selectScheme.ts';
import { deltaSize, slicesOf } from '../slices.ts';
import { fedBuff } from '../strategies.ts';

/** Tensors: dense1.weight 12, dense1.bias 3, dense2.weight 6, dense2.bias 2. */
export const TINY_MODEL: ModelSpec = {
  id: 'tiny',
  input: [4],
  layers: [
    { kind: 'dense', name: 'dense1', units: 3 },
    { kind: 'relu', name: 'relu1' },
    { kind: 'dense', name: 'dense2', units: 2 },
  ],
  loss: 'softmaxCrossEntropy',
};

export const FULL = fullScheme(TINY_MODEL);
export const HEAD = layerScheme(TINY_MODEL, ['dense2']);
export const FULL_BYTES = 1000;
export const HEAD_BYTES = 400;

/** Two of the three hidden units: 16 of 23 elements. */
export const SLICE = sliceOf({ ratio: 1 / 2, offset: 0 });
export const SLICE_BYTES = 200;
const SLICE_CHOICE = { scheme: SLICE, deviceBytes: SLICE_BYTES, trainedShare: 16 / 23 };

/** All that a width slice of the tiny model has. */
export function sliceOf(width: Width): UpdateScheme {
  return { width, ...fullScheme(modelOfScheme(TINY_MODEL, { width, entries: [] })) };
}

/** Two of the three hidden units' weights, and all the rest: 19 of 23 elements. */
export const TURNS: readonly UpdateScheme[] = [0, 1].map((from) => ({
  entries: FULL.entries.map((entry) =>
    entry.tensor === 'dense1.weight' ? { ...entry, output: [from, from + 2] as const } : entry,
  ),
}));

/** The whole model from 1000 bytes on, its head from 400 on; a slice of it from 200 on where slices are asked for. In turn: either of two slices from 400 on. */
export const selectByBytes: SelectScheme = (subset, budgetsBytes) => {
  const smallest = Math.min(...budgetsBytes);
  if (smallest >= FULL_BYTES) return { scheme: FULL, deviceBytes: FULL_BYTES, trainedShare: 1 };
  if (subset.kind === 'full') return { smallestBudgetBytes: FULL_BYTES };
  if (subset.kind === 'subnetwork')
    return smallest >= SLICE_BYTES ? SLICE_CHOICE : { smallestBudgetBytes: SLICE_BYTES };
  if (subset.kind === 'rotating' && smallest >= HEAD_BYTES)
    return {
      scheme: TURNS[0]!,
      deviceBytes: HEAD_BYTES,
      trainedShare: 19 / 23,
      turns: TURNS.map((scheme, turn) => ({ scheme, trainedShare: 19 / 23, parts: [turn] })),
    };
  if (smallest >= HEAD_BYTES) return { scheme: HEAD, deviceBytes: HEAD_BYTES, trainedShare: 8 / 23 };
  return { smallestBudgetBytes: HEAD_BYTES };
};

/** FedBuff with a buffer of one and no discount, unless overridden. */
export function testConfig(strategy: GivenStrategy = {}, run: Partial<GivenRun> = {}): RunConfig {
  return resolveRun({
    id: 'run',
    task: 'tiny',
    seed: 7,
    strategy: {
      ...fedBuff,
      trigger: { kind: 'buffer', size: 1, deadlineMs: 0 },
      age: { exponent: 0 },
      clipMultiple: 0,
      ...strategy,
    },
    subset: { kind: 'weakest' },
    localWork: { batch: 4, epochs: 1, maxSteps: 10, learningRate: 0.1 },
    concurrency: 100,
    graceMs: 5_000,
    leaseMs: 60_000,
    ...run,
  });
}

export const TEST_DEVICE: DeviceInfo = {
  name: 'test',
  browser: 'none',
  cores: 1,
  backend: 'reference',
  profile: '',
  flopsPerSecond: 0,
  stragglerFactor: 1,
};

/** Each tensor is a group, and fits HEAD_BYTES; the weight of dense1 whole takes FULL_BYTES, at a ratio HEAD_BYTES. */
export const TINY_PROBES: ProbePlanner = {
  groups: [
    { unit: 0, part: 'weight' },
    { unit: 0, part: 'small' },
    { unit: 1, part: 'weight' },
    { unit: 1, part: 'small' },
  ],
  probeFor(group, budgetBytes) {
    if (budgetBytes < HEAD_BYTES) return null;
    const probe = PROBES[group]!;
    return group === 0 && budgetBytes < FULL_BYTES ? TIGHT_PROBE : probe;
  },
};
const PROBES = TINY_PROBES.groups.map((group, index): Probe => {
  const entry = FULL.entries[index]!;
  return { group, ratio: 4, scheme: { entries: [entry] } };
});
const TIGHT_PROBE: Probe = {
  group: TINY_PROBES.groups[0]!,
  ratio: 3,
  scheme: { entries: [{ ...FULL.entries[0]!, output: [0, 2] }] },
};

export const NO_VERSIONS: readonly number[] = [-1, -1, -1, -1];

export interface Scenario {
  readonly coordinator: Coordinator;
  /** All effects so far. */
  readonly effects: Effect[];
  nowMs: number;
  handle(event: FederationEvent): Effect[];
  /** `origin`: the key of its address; `dealtSamples`: default: not known. */
  join(deviceId: string, budgetBytes?: number, origin?: string, dealtSamples?: number): Effect[];
  ready(deviceId: string, holding?: readonly number[] | Holding): Effect[];
  /** Joins, gets ready, and returns the assignment it gets. */
  start(deviceId: string, budgetBytes?: number): AssignmentOrder;
  lose(deviceId: string): Effect[];
  leave(deviceId: string): Effect[];
  /** Moves the clock and says so. */
  wait(ms: number): Effect[];
  /** `delta`: all its elements in float32, or its bytes. Returns the answer. */
  upload(
    order: { readonly assignmentId: string; readonly deviceId: string },
    delta: number | ArrayBufferView,
    header?: Partial<UpdateHeader>,
  ): UpdateOutcome;
  /** What a probe has measured. Returns the answer. */
  probe(
    order: { readonly assignmentId: string; readonly deviceId: string },
    product: number,
    header?: Partial<ProbeHeader>,
  ): UpdateOutcome;
  /** The newest assignment of a device. */
  orderOf(deviceId: string): AssignmentOrder;
}

export function createScenario(
  config: RunConfig = testConfig(),
  parameters: Parameters = initialParameters(TINY_MODEL, 1),
  hasSearch = false,
): Scenario {
  return scenarioOf(
    createCoordinator({
      config,
      model: TINY_MODEL,
      parameters,
      selectScheme: selectByBytes,
      hasSearch,
      probePlanner: TINY_PROBES,
    }),
  );
}

export function scenarioOf(coordinator: Coordinator): Scenario {
  const scenario: Scenario = {
    coordinator,
    effects: [],
    nowMs: 0,
    handle(event) {
      const effects = coordinator.handle(event);
      scenario.effects.push(...effects);
      return effects;
    },
    join: (deviceId, budgetBytes = FULL_BYTES, origin = '', dealtSamples) =>
      scenario.handle({
        kind: 'deviceJoined',
        atMs: scenario.nowMs,
        deviceId,
        budgetBytes,
        device: TEST_DEVICE,
        origin,
        ...(dealtSamples !== undefined && { dealtSamples }),
      }),
    ready: (deviceId, holding = NO_VERSIONS) =>
      scenario.handle({
        kind: 'deviceReady',
        atMs: scenario.nowMs,
        deviceId,
        ...('held' in holding ? holding : { held: holding }),
      }),
    start(deviceId, budgetBytes) {
      scenario.join(deviceId, budgetBytes);
      scenario.ready(deviceId);
      return scenario.orderOf(deviceId);
    },
    lose: (deviceId) => scenario.handle({ kind: 'deviceLost', atMs: scenario.nowMs, deviceId }),
    leave: (deviceId) => scenario.handle({ kind: 'deviceLeft', atMs: scenario.nowMs, deviceId }),
    wait(ms) {
      scenario.nowMs += ms;
      return scenario.handle({ kind: 'clockAdvanced', atMs: scenario.nowMs });
    },
    upload({ assignmentId, deviceId }, delta, header = {}) {
      const effects = scenario.handle({
        kind: 'updateReceived',
        atMs: scenario.nowMs,
        deviceId,
        header: headerOf(assignmentId, header),
        delta: typeof delta === 'number' ? deltaOf(scenario, assignmentId, delta) : delta,
      });
      const answers = effects.filter((effect) => effect.kind === 'answerUpdate');
      if (answers.length !== 1) throw new Error(`expected one answer to the update, got ${answers.length}`);
      return answers[0]!.outcome;
    },
    probe({ assignmentId, deviceId }, product, header = {}) {
      const effects = scenario.handle({
        kind: 'probeReceived',
        atMs: scenario.nowMs,
        deviceId,
        header: { assignmentId, product, samples: 10, held: NO_VERSIONS, ...header },
      });
      const answers = effects.filter((effect) => effect.kind === 'answerProbe');
      if (answers.length !== 1) throw new Error(`expected one answer to the probe, got ${answers.length}`);
      return answers[0]!.outcome;
    },
    orderOf(deviceId) {
      const orders = scenario.effects.flatMap((effect) => (effect.kind === 'assign' ? [effect.order] : []));
      const order = orders.filter((candidate) => candidate.deviceId === deviceId).at(-1);
      if (!order) throw new Error(`device ${deviceId} never got an assignment`);
      return order;
    },
  };
  return scenario;
}

/** A sound header. */
export function headerOf(assignmentId: string, header: Partial<UpdateHeader> = {}): UpdateHeader {
  return {
    assignmentId,
    steps: 1,
    samples: 10,
    lossFirst: 2,
    lossLast: 1,
    noise: -1,
    stepMs: 3,
    overruns: 0,
    deviceBytes: 400,
    allocatedBytes: 65536,
    joinToFirstStepMs: 100,
    held: NO_VERSIONS,
    ...header,
  };
}

function deltaOf({ effects }: Scenario, assignmentId: string, value: number): Float32Array {
  const assign = effects.find(
    (effect) => effect.kind === 'assign' && effect.order.assignmentId === assignmentId,
  );
  const scheme = assign?.kind === 'assign' ? assign.order.scheme : FULL;
  return new Float32Array(deltaSize(slicesOf(TINY_MODEL, scheme))).fill(value);
}
