// A federation in one process for tests of tasks: the production coordinator and policies, devices that train with the
// WebAssembly engine and finish in seeded random order, and the evaluator's own measure. No sockets, no clocks.

import { initialParameters } from '../../../shared/engine/initialParameters.ts';
import { planTraining } from '../../../shared/engine/planTraining.ts';
import { EMPTY_SCHEME, fullScheme } from '../../../shared/engine/scheme.ts';
import type { Trainer } from '../../../shared/engine/trainer.ts';
import { createWasmTrainer } from '../../../shared/engine/wasm/wasmTrainer.ts';
import { trainLocally } from '../../../shared/localWork/localTraining.ts';
import { decodeShard, encodeShard } from '../../../shared/contract/shardCodec.ts';
import { createRandom, mixSeed } from '../../../shared/random.ts';
import { evaluateModel } from '../../../shared/evaluate/evaluateModel.ts';
import type { EvaluationResult } from '../../../shared/evaluate/evaluationMessages.ts';
import { resolveRun } from '../../../shared/federation/config.ts';
import { createCoordinator } from '../../../shared/federation/coordinator.ts';
import type { AssignmentOrder, Effect } from '../../../shared/federation/events.ts';
import { findStrategy } from '../../../shared/federation/strategies.ts';
import { dealShards } from '../../../shared/tasks/deal.ts';
import type { OpenedTask } from '../openTask.ts';

const EVALUATION_BATCH = 50;
const IDLE_CLOCK = { now: () => 0, sleepUntil: () => Promise.resolve(), yield: () => Promise.resolve() };

export interface FederatedOptions {
  readonly opened: OpenedTask;
  readonly seed: number;
  /** All devices have this budget, which must hold the whole model's training. */
  readonly budgetBytes: number;
  readonly numUpdates: number;
}

/** Trains the whole model as the task's own definition says, one device a shard; the measures of the last version. */
export async function trainFederated(options: FederatedOptions): Promise<Omit<EvaluationResult, 'version'>> {
  const { opened, seed, budgetBytes, numUpdates } = options;
  const { task, data } = opened;
  const { model, localWork } = task;
  const { dealing, numShards, samplesPerShard } = task.dealing;
  // As they come out of the wire: a shard that a device cannot read trains nothing.
  const shards = dealShards(data.train, dealing, numShards, samplesPerShard, seed).map((shard) =>
    decodeShard(encodeShard(shard).buffer, shard.count, task),
  );
  const config = resolveRun({
    id: 'test',
    task: task.id,
    seed,
    strategy: findStrategy('ftte'),
    subset: { kind: 'full' },
    localWork,
    concurrency: numShards,
    graceMs: 60_000,
    leaseMs: 600_000,
  });
  const coordinator = createCoordinator({
    config,
    model,
    parameters: opened.start ?? initialParameters(model, seed),
    selectScheme: () => ({ scheme: fullScheme(model), deviceBytes: budgetBytes, trainedShare: 1 }),
  });
  const held = coordinator.parameters.map(() => -1);
  const orders = new Map<number, AssignmentOrder>();
  const trainers = new Map<string, Trainer>();

  function handle(effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.kind === 'assign') orders.set(Number(effect.order.deviceId), effect.order);
      if (effect.kind === 'refuseDevice')
        throw new RangeError(`budgetBytes must be at least ${effect.smallestBudgetBytes}`);
      if (effect.kind === 'answerUpdate' && !effect.outcome.accepted) throw new Error(effect.outcome.message);
    }
  }

  for (let device = 0; device < numShards; device++) {
    const deviceId = String(device);
    const info = {
      name: deviceId,
      browser: '',
      cores: 1,
      backend: '',
      profile: '',
      flopsPerSecond: 0,
      stragglerFactor: 1,
    };
    handle(coordinator.handle({ kind: 'deviceJoined', atMs: 0, deviceId, budgetBytes, device: info }));
    handle(coordinator.handle({ kind: 'deviceReady', atMs: 0, deviceId, held }));
  }
  const random = createRandom(mixSeed(seed, 77));
  for (let update = 0; update < numUpdates; update++) {
    const device = [...orders.keys()][random.integer(orders.size)]!;
    const order = orders.get(device)!;
    orders.delete(device);
    const key = JSON.stringify(order.scheme);
    const trainer =
      trainers.get(key) ??
      createWasmTrainer(planTraining(model, order.scheme, { batch: localWork.batch, budgetBytes }), 'simd');
    trainers.set(key, trainer);
    trainer.load(
      order.blocks.map(({ tensor }) => tensor),
      order.blocks.map(({ values }) => values),
    );
    const result = await trainLocally({
      trainer,
      shard: shards[device]!,
      staging: task,
      localWork: order.localWork,
      seed: order.seed,
      flopsPerSecond: 0,
      clock: IDLE_CLOCK,
      signal: new AbortController().signal,
      mayGoOn: () => Promise.resolve(false),
      stepped: () => {},
    });
    const header = {
      ...result!.summary,
      assignmentId: order.assignmentId,
      deviceBytes: trainer.plan.deviceBytes,
      allocatedBytes: trainer.allocatedBytes,
      joinToFirstStepMs: 0,
      held,
    };
    const delta = result!.delta.slice();
    handle(
      coordinator.handle({ kind: 'updateReceived', atMs: update, deviceId: String(device), header, delta }),
    );
  }
  const evaluator = createWasmTrainer(planTraining(model, EMPTY_SCHEME, { batch: EVALUATION_BATCH }), 'simd');
  return evaluateModel(evaluator, { ...task, test: data.test }, coordinator.parameters);
}
