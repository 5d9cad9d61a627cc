// One run of things that a server says, told to a device in a tab and to one in virtual time: both say the same, bit by bit.

import { expect, test } from 'vitest';
import { encodeBlocks } from '../../shared/contract/codec.ts';
import { encodeDelta } from '../../shared/contract/deltaCodec.ts';
import type {
  Assignment,
  Holding,
  ProbeHeader,
  Ready,
  UpdateHeader,
} from '../../shared/contract/messages.ts';
import { decodeShard } from '../../shared/contract/shardCodec.ts';
import { DivergenceError } from '../../shared/engine/errors.ts';
import { numParameters, type Parameters } from '../../shared/engine/model.ts';
import { planTraining } from '../../shared/engine/planTraining.ts';
import type { UpdateScheme } from '../../shared/engine/scheme.ts';
import { createWasmTrainer } from '../../shared/engine/wasm/wasmTrainer.ts';
import type { AssignmentOrder, FederationEvent, UpdateOutcome } from '../../shared/federation/events.ts';
import type { Strategy } from '../../shared/federation/config.ts';
import { trainLocally } from '../../shared/localWork/localTraining.ts';
import { runProbe } from '../../shared/localWork/runProbe.ts';
import { createManualClock } from '../../shared/localWork/testing/manualClock.ts';
import { SMALL_TASK, smallShardData } from '../../shared/localWork/testing/smallTask.ts';
import { createWorkPlanner } from '../../shared/simulate/plannedWork.ts';
import type { Pending, TrainingOutcome } from '../../shared/simulate/compute.ts';
import { createSimulatedFleet } from '../../shared/simulate/simulatedFleet.ts';
import { createTally } from '../../shared/simulate/tally.ts';
import type { VirtualDevice } from '../../shared/simulate/virtualDevices.ts';
import { createRandom } from '../../shared/random.ts';
import { createMemoryStore, wholeBlock } from './testing/blocks.ts';
import { ALL, FULL, HEAD, PARAMETERS, start } from './testing/startOnSmallTask.ts';

const { model } = SMALL_TASK;
const SAMPLES = 20;
const BUDGET_BYTES = 262_144;
const LOCAL_WORK = { batch: 8, epochs: 2, maxSteps: 100, learningRate: 0.1 };
const TOP = { kind: 'topK', share: 0.1 } as const;
const ONE_WEIGHT: UpdateScheme = { entries: [HEAD.entries[0]!] };
const ACCEPTED: UpdateOutcome = { accepted: true, duplicate: false, version: 1, staleness: 0 };
const STALE: UpdateOutcome = { accepted: false, code: 'stale', message: 'too old', version: 30 };

function order(
  version: number,
  scheme: UpdateScheme,
  tensors: readonly number[],
  change: Partial<AssignmentOrder> = {},
): AssignmentOrder {
  return {
    assignmentId: `a${version}`,
    deviceId: 'd1',
    baseVersion: version,
    scheme,
    localWork: LOCAL_WORK,
    encoding: { kind: 'float32' },
    seed: version,
    blocks: tensors.map((tensor) => ({
      ...wholeBlock(tensor, version),
      values: PARAMETERS[tensor]!,
      bytes: 4 * PARAMETERS[tensor]!.length,
    })),
    ...change,
  };
}

/** Each is given out when the device has said that it wants work, and what comes of it is judged so. */
const TRACE: readonly { readonly order: AssignmentOrder; readonly outcome: UpdateOutcome }[] = [
  { order: order(1, HEAD, ALL), outcome: ACCEPTED },
  { order: order(2, HEAD, [2, 3], { encoding: TOP }), outcome: ACCEPTED },
  // Carries what had not travelled.
  { order: order(3, HEAD, [2, 3], { encoding: TOP }), outcome: STALE },
  // And this one nothing.
  { order: order(4, HEAD, [2, 3]), outcome: ACCEPTED },
  // One block is lacking: it is asked for.
  { order: order(5, HEAD, [2]), outcome: ACCEPTED },
  { order: order(6, FULL, ALL, { localWork: { ...LOCAL_WORK, learningRate: 1e30 } }), outcome: ACCEPTED },
  { order: order(7, ONE_WEIGHT, ALL, { probe: { numBatches: 4 } }), outcome: ACCEPTED },
  { order: order(8, FULL, ALL), outcome: ACCEPTED },
  { order: order(9, FULL, [0, 1, 2, 3], { encoding: { kind: 'int8' } }), outcome: ACCEPTED },
];

/** What a device has said, but for what tells of its machine. */
type Said = Holding & { readonly what: string; readonly bytes?: readonly number[] };

function saidReady({ held, precisions, moved, width, diverged = false }: Ready): Said {
  return {
    what: `ready${diverged ? ', diverged' : ''}`,
    held,
    precisions: precisions!,
    moved: moved!,
    ...(width && { width }),
  };
}

function saidUpdate(header: UpdateHeader, delta: ArrayBufferView): Said {
  const { assignmentId, steps, samples, lossFirst, lossLast, noise, held, precisions, moved } = header;
  return {
    what: `update ${assignmentId}: ${[steps, samples, lossFirst, lossLast, noise].join()}`,
    held,
    precisions: precisions!,
    moved: moved!,
    bytes: [...new Uint8Array(delta.buffer, delta.byteOffset, delta.byteLength)],
  };
}

function saidProbe({ assignmentId, product, samples, held, precisions, moved }: ProbeHeader): Said {
  return {
    what: `probe ${assignmentId}: ${product}, ${samples}`,
    held,
    precisions: precisions!,
    moved: moved!,
  };
}

async function saidInTab(): Promise<Said[]> {
  const { server } = start({ budgetBytes: BUDGET_BYTES }, { openBlockStore: () => createMemoryStore() });
  server.updateAnswer = ({ assignmentId }) => {
    const { outcome } = TRACE.find((each) => each.order.assignmentId === assignmentId)!;
    const { version } = outcome;
    return outcome.accepted
      ? { ok: true, version, staleness: outcome.staleness, duplicate: false }
      : { ok: false, code: outcome.code, message: outcome.message, version };
  };
  const said = () => server.log.filter((line) => /^(ready|update|probe)/.test(line));
  for (const [index, { order }] of TRACE.entries()) {
    await expect.poll(() => said().length).toBe(index + 1);
    const assignment: Assignment = {
      ...order,
      blocks: order.blocks.map(({ tensor, version, precision, part }) => ({
        tensor,
        version,
        precision,
        part,
      })),
    };
    await server.assign(assignment, encodeBlocks(order.blocks.map(({ values }) => values)));
  }
  await expect.poll(() => said().length).toBe(TRACE.length + 1);
  const [readies, updates, probes] = [[...server.held], [...server.updates], [...server.probes]];
  return said().map((line) => {
    if (line.startsWith('ready')) return saidReady(readies.shift()!);
    if (line.startsWith('probe')) return saidProbe(probes.shift()!);
    const { header, bytes } = updates.shift()!;
    return saidUpdate(header, bytes);
  });
}

/** The plan's trainer with the parameters loaded, and what local work takes besides. */
function placeOf({ scheme, localWork, seed }: AssignmentOrder, base: Parameters) {
  const trainer = createWasmTrainer(
    planTraining(model, scheme, { batch: localWork.batch, budgetBytes: BUDGET_BYTES }),
    'simd',
  );
  trainer.load(ALL, base);
  return {
    trainer,
    shard: decodeShard(smallShardData(SAMPLES), SAMPLES, SMALL_TASK),
    staging: SMALL_TASK,
    localWork,
    seed,
    flopsPerSecond: 0,
    clock: createManualClock(),
    signal: new AbortController().signal,
    mayGoOn: () => Promise.resolve(false),
    stepped: () => {},
  };
}

async function train(
  given: AssignmentOrder,
  base: Parameters,
  carried: Float32Array | null,
): Promise<TrainingOutcome> {
  const place = placeOf(given, base);
  try {
    const { delta, summary } = (await trainLocally({ ...place, carried }))!;
    const { plan } = place.trainer;
    const sizes = plan.baseIds.map((id) => plan.tensors[id]!.size);
    const rest = given.encoding.kind === 'topK' ? new Float32Array(delta.length) : null;
    return { update: encodeDelta(delta, sizes, given.encoding, given.seed, rest), unsent: rest, summary };
  } catch (error) {
    if (error instanceof DivergenceError) return null;
    throw error;
  }
}

function pending<T>(outcome: Promise<T>): Pending<T> {
  return { outcome, cancel: () => {} };
}

async function saidInVirtualTime(): Promise<Said[]> {
  const device: VirtualDevice = {
    index: 0,
    deviceId: 'd1',
    deviceClass: {
      name: 'any',
      share: 1,
      budgetBytes: BUDGET_BYTES,
      flopsPerSecond: 1e9,
      speedSpread: 0,
      network: { latencyMs: 20, downKBps: 1000, upKBps: 1000 },
      networkSpread: 0,
    },
    stragglerFactor: 1,
    budgetBytes: BUDGET_BYTES,
    flopsPerSecond: 1e9,
    latencyMs: 20,
    downBytesPerMs: 1000,
    upBytesPerMs: 1000,
    samples: Uint32Array.from({ length: SAMPLES }, (_, i) => i),
    isHostile: false,
    churn: createRandom(1),
    dropOut: createRandom(2),
  };
  const said: Said[] = [];
  const planOf = createWorkPlanner(model, LOCAL_WORK);
  let nowMs = 0;
  let numGiven = 0;

  function giveNext(): void {
    const next = TRACE[numGiven++];
    if (next) fleet.assigned(next.order, nowMs);
  }
  function judge(assignmentId: string): void {
    fleet.answered('d1', TRACE.find((each) => each.order.assignmentId === assignmentId)!.outcome);
    giveNext();
  }
  function tell(event: FederationEvent): void {
    nowMs = event.atMs;
    if (event.kind === 'deviceReady') {
      said.push(saidReady(event));
      giveNext();
    } else if (event.kind === 'updateReceived') {
      said.push(saidUpdate(event.header, event.delta));
      judge(event.header.assignmentId);
    } else if (event.kind === 'probeReceived') {
      said.push(saidProbe(event.header));
      judge(event.header.assignmentId);
    }
  }

  const fleet = createSimulatedFleet({
    devices: [device],
    model,
    comings: {
      firstComesMs: () => 0,
      staysMs: () => Infinity,
      awayMs: () => 0,
      dropsOutAfter: () => Infinity,
    },
    hostile: undefined,
    tally: createTally([device], { maxSamples: 1000 } as Strategy, numParameters(model)),
    planWork: ({ scheme }, { budgetBytes }) => planOf(scheme, budgetBytes),
    train: (given, _, base, carried) => pending(train(given, base, carried)),
    probe: (given, _, base) => pending(runProbe({ ...placeOf(given, base), ...given.probe! })),
    isOpen: () => true,
    tell,
  });
  while (fleet.nextAtMs < Infinity) await fleet.proceed();
  return said;
}

test('a tab and a simulated device that are told the same say the same', async () => {
  const [inTab, inVirtualTime] = [await saidInTab(), await saidInVirtualTime()];
  const plan = ['ready', 'a1', 'a2', 'a3', 'a4', 'ready', 'ready, diverged', 'a7', 'a8', 'a9'];
  expect(inTab.map(({ what }) => /ready.*|a\d/.exec(what)![0])).toEqual(plan);
  expect(inVirtualTime).toEqual(inTab);
});
