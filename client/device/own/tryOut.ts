// What global and personal model say of one sample: a forward-only plan in an arena of its own, refreshed as versions go
// by. The personal model is the same arena with its few tensors changed for the moment. Knows nothing of who asks.

import type { TrainingPlan } from '../../../shared/engine/plan.ts';
import type { Trainer } from '../../../shared/engine/trainer.ts';
import type { Clock } from '../../../shared/localWork/clock.ts';
import type { Staging } from '../../../shared/localWork/shard.ts';
import type { OwnSamples, Prediction } from '../ownData.ts';
import type { PersonalModel } from './fineTune.ts';
import { loadNewest, NO_MODEL_HELD, type HeldModel } from './newestModel.ts';
import type { OwnEngine } from './ownHost.ts';
import { ownError } from './ownProblem.ts';
import { isBit } from './takesOwnSamples.ts';

/** The global model is asked for again at most this often. */
const REFRESH_EVERY_MS = 2_000;

export interface TryOutParts {
  /** With an empty scheme. */
  readonly plan: TrainingPlan;
  readonly engine: OwnEngine;
  readonly personal: PersonalModel | null;
  readonly staging: Staging;
  /** Newest version that the device knows of. */
  readonly newestVersion: () => number;
  readonly clock: Clock;
}

export interface TryOut {
  /** Rejects where the model cannot be had, and when the try-out is closed meanwhile. */
  predict(input: OwnSamples['inputs']): Promise<Prediction>;
  /** Resolves when the arena is gone. */
  close(): Promise<void>;
}

export function openTryOut(parts: TryOutParts): TryOut {
  const { personal, clock, engine } = parts;
  const tensors = personal?.tensors ?? [];
  let trainer: Trainer | null = null;
  let isClosed = false;
  let global: HeldModel = NO_MODEL_HELD;
  let isRefreshing = false;
  let refreshedMs = -Infinity;

  const made = make();
  const ready = made.then(refresh);
  // Who predicts hears of it.
  ready.catch(() => {});

  async function make(): Promise<void> {
    const created = await engine.createTrainer(parts.plan);
    if (isClosed) created.dispose();
    else trainer = created;
  }

  function live(): Trainer {
    if (!trainer || isClosed) throw ownError('putAway', 'The try-out was put away.');
    return trainer;
  }

  async function refresh(): Promise<void> {
    isRefreshing = true;
    try {
      global = (await loadNewest(live(), global, tensors, engine, () => !isClosed)) ?? global;
    } finally {
      isRefreshing = false;
      refreshedMs = clock.now();
    }
  }

  function refreshIfDue(): void {
    if (isRefreshing || parts.newestVersion() <= global.version) return;
    // What is there serves until the server is heard again.
    if (clock.now() - refreshedMs >= REFRESH_EVERY_MS) refresh().catch(() => {});
  }

  function ask(inputs: OwnSamples['inputs']): Promise<Float32Array> {
    const { scale, offset } = parts.staging;
    return live().predict({ inputs, labels: new Uint8Array(1), count: 1, scale, offset });
  }

  function perClass(answer: Float32Array): number[] {
    return isBit(parts.plan.model) ? [1 - answer[0]!, answer[0]!] : [...answer];
  }

  /** Loading and asking are one turn, in the order of a queue where the backend has one. */
  function askPersonal(inputs: OwnSamples['inputs'], { deltas }: PersonalModel): Promise<Float32Array> {
    const values = tensors.map((tensor) => global.values.get(tensor)!);
    live().load(
      tensors,
      values.map((value, i) => value.map((x, j) => x + deltas[i]![j]!)),
    );
    const answer = ask(inputs);
    live().load(tensors, values);
    return answer;
  }

  return {
    async predict(input) {
      await ready;
      refreshIfDue();
      const { version } = global;
      const answers = await Promise.all([ask(input), personal && askPersonal(input, personal)]);
      return { version, global: perClass(answers[0]), personal: answers[1] && perClass(answers[1]) };
    },
    async close() {
      isClosed = true;
      trainer?.dispose();
      trainer = null;
      await made.catch(() => {});
    },
  };
}
