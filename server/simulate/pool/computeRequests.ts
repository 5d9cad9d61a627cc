// What a thread computes: one request at a time, each from its own arguments alone. Trainers are kept by plan,
// as compiling one takes longer than using it.

import { BudgetError, DivergenceError } from '../../../shared/engine/errors.ts';
import type { ModelSpec, Parameters } from '../../../shared/engine/model.ts';
import type { TrainingPlan } from '../../../shared/engine/plan.ts';
import { planTraining } from '../../../shared/engine/planTraining.ts';
import { EMPTY_SCHEME } from '../../../shared/engine/scheme.ts';
import type { Trainer } from '../../../shared/engine/trainer.ts';
import type { Variant } from '../../../shared/engine/wasm/code/lanes.ts';
import { createWasmTrainer } from '../../../shared/engine/wasm/wasmTrainer.ts';
import type { Clock } from '../../../shared/localWork/clock.ts';
import { trainCalibrated } from '../../../shared/localWork/labelCalibration.ts';
import { trainLocally, type LocalTrainingOptions } from '../../../shared/localWork/localTraining.ts';
import { accuracyOn, planPersonal, trainPersonal } from '../../../shared/localWork/personalModel.ts';
import { runProbe } from '../../../shared/localWork/runProbe.ts';
import { countSteps, shuffledBatches, type Shard } from '../../../shared/localWork/shard.ts';
import { uploadOf } from '../../../shared/contract/deltaBytes.ts';
import { encodeDelta } from '../../../shared/contract/deltaCodec.ts';
import { takeSamples } from '../../../shared/tasks/deal.ts';
import { evaluateModel } from '../../../shared/evaluate/evaluateModel.ts';
import type {
  DeviceRequest,
  PersonalOutcome,
  PersonalRequest,
  ProbeOutcome,
  ProbeRequest,
  Scores,
  ScoringRequest,
  TrainingOutcome,
  TrainingRequest,
} from '../../../shared/simulate/compute.ts';

/** All slices of one share of a model, and some more. */
const MAX_TRAINERS = 48;
/** As few as fill the lanes: larger ones leave the cache, and no outcome depends on it. */
const SCORING_BATCH = 16;

/** Local work takes virtual time, which is none of this thread's business. */
const NO_CLOCK: Clock = { now: () => 0, sleepUntil: async () => {}, yield: async () => {} };
const NEVER = new AbortController().signal;

/** Oldest use first. */
const trainers = new Map<string, Trainer>();
/** A second request may have come already, so that the thread never waits for one. */
let idle: Promise<unknown> = Promise.resolve();

export function trainHere(request: TrainingRequest): Promise<TrainingOutcome> {
  return inTurn(() => trainOnce(request));
}

export function probe(request: ProbeRequest): Promise<ProbeOutcome> {
  return inTurn(() => {
    const { numBatches } = request;
    return runProbe({ ...benchOf(request), numBatches });
  });
}

export function score(request: ScoringRequest): Promise<Scores> {
  return inTurn(() => scoreOnce(request));
}

export function personalise(request: PersonalRequest): Promise<PersonalOutcome> {
  return inTurn(() => personaliseOnce(request));
}

/** The local steps of these requests and nothing else: what the engine does by itself. */
export function repeatSteps(requests: readonly TrainingRequest[]): Promise<void> {
  return inTurn(async () => {
    for (const request of requests) {
      const trainer = loadedTrainer(request);
      const { batch, epochs, maxSteps, learningRate } = request.localWork;
      const shard = shardOf(request);
      const batches = shuffledBatches(shard, batch, request, request.seed);
      const numSteps = countSteps(shard.samples, batch, epochs, maxSteps);
      for (let step = 0; step < numSteps; step++) trainer.step(batches.next().value, learningRate);
    }
  });
}

/** What a device has on its bench: a trainer with the base loaded, its samples, and no clock to keep. */
function benchOf(request: DeviceRequest): Omit<LocalTrainingOptions, 'carried' | 'measuresNoise'> {
  return {
    trainer: loadedTrainer(request),
    shard: shardOf(request),
    staging: request,
    localWork: request.localWork,
    seed: request.seed,
    flopsPerSecond: 0,
    clock: NO_CLOCK,
    signal: NEVER,
    mayGoOn: async () => false,
    stepped: () => {},
  };
}

function loadedTrainer(request: DeviceRequest): Trainer {
  const { model, scheme, budgetBytes, variant, base, localWork, encoding } = request;
  const { batch } = localWork;
  const upload = uploadOf(encoding);
  const trainer = trainerOf(JSON.stringify([model, scheme, batch, budgetBytes, variant, encoding]), () =>
    createWasmTrainer(planTraining(model, scheme, { batch, budgetBytes, upload }), variant),
  );
  loadAll(trainer, base);
  return trainer;
}

function loadAll(trainer: Trainer, base: Parameters): void {
  trainer.load(
    base.map((_, index) => index),
    base,
  );
}

function shardOf({ train: data, samples }: Pick<DeviceRequest, 'train' | 'samples'>): Shard {
  const { count, inputs, ...truth } = takeSamples(data, Array.from(samples));
  return { samples: count, sampleSize: inputs.length / count, inputs, ...truth };
}

async function trainOnce(request: TrainingRequest): Promise<TrainingOutcome> {
  try {
    const { carried, measuresNoise } = request;
    const bench = benchOf(request);
    const { labelCalibration = 0 } = request.localWork;
    const result = await trainCalibrated(
      trainLocally,
      { ...bench, carried, measuresNoise },
      labelCalibration,
    );
    const { delta, summary } = result!;
    return { ...encodeUpdate(delta, bench.trainer.plan, request), summary };
  } catch (error) {
    if (error instanceof DivergenceError) return null;
    throw error;
  }
}

/** As a device does; `delta` lies in the arena. */
function encodeUpdate(
  delta: Float32Array,
  { baseIds, tensors }: TrainingPlan,
  { encoding, carried, seed }: TrainingRequest,
): Pick<NonNullable<TrainingOutcome>, 'update' | 'unsent'> {
  const sizes = baseIds.map((id) => tensors[id]!.size);
  const unsent =
    encoding.kind === 'topK' ? (carried ?? new Float32Array(new SharedArrayBuffer(delta.byteLength))) : null;
  return { update: encodeDelta(delta, sizes, encoding, seed, unsent), unsent };
}

async function scoreOnce({ variant, parameters, ...setup }: ScoringRequest): Promise<Scores> {
  return evaluateModel(scoringTrainer(setup.model, variant), setup, parameters);
}

function scoringTrainer(model: ModelSpec, variant: Variant): Trainer {
  return trainerOf(JSON.stringify([model, variant]), () =>
    createWasmTrainer(planTraining(model, EMPTY_SCHEME, { batch: SCORING_BATCH }), variant),
  );
}

/** As a tab does; what no budget of the device's allows for is judged beside its budget. */
async function personaliseOnce(request: PersonalRequest): Promise<PersonalOutcome> {
  const { model, variant, base, train: data, samples, budgetBytes } = request;
  const heldOut = shardOf({ train: data, samples: request.heldOut });
  try {
    if (samples.length === 0) return await sharedAlone();
    const { plan, trains } = planPersonal(planTraining, model, samples.length, budgetBytes);
    const key = JSON.stringify(['personal', model, trains, plan.batch, budgetBytes, variant]);
    const trainer = trainerOf(key, () => createWasmTrainer(plan, variant));
    loadAll(trainer, base);
    const trained = await trainPersonal({
      trainer,
      training: shardOf(request),
      heldOut,
      staging: request,
      flopsPerSecond: 0,
      clock: NO_CLOCK,
      signal: NEVER,
      progressed: () => {},
    });
    const { globalAccuracy, personalAccuracy } = trained!;
    return { trains, sharedAccuracy: globalAccuracy, personalAccuracy };
  } catch (error) {
    if (error instanceof BudgetError || error instanceof DivergenceError) return sharedAlone();
    throw error;
  }

  async function sharedAlone(): Promise<PersonalOutcome> {
    const trainer = scoringTrainer(model, variant);
    loadAll(trainer, base);
    const accuracy = await accuracyOn(trainer, heldOut, request);
    return { trains: null, sharedAccuracy: accuracy, personalAccuracy: accuracy };
  }
}

function trainerOf(key: string, create: () => Trainer): Trainer {
  const trainer = trainers.get(key) ?? create();
  trainers.delete(key);
  trainers.set(key, trainer);
  for (const [oldest, unused] of trainers) {
    if (trainers.size <= MAX_TRAINERS) break;
    trainers.delete(oldest);
    unused.dispose();
  }
  return trainer;
}

function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const done = idle.then(work);
  idle = done.catch(() => undefined);
  return done;
}
