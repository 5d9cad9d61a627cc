// How contenders of one model are timed: they take turns, round after round, on one thread. The same in a browser's Worker
// and in Node.

import type { ModelSpec } from '../../../shared/engine/model.ts';
import { numOutputs } from '../../../shared/engine/model.ts';
import { planTraining } from '../../../shared/engine/planTraining.ts';
import { fullScheme } from '../../../shared/engine/scheme.ts';
import { createRandom } from '../../../shared/random.ts';
import { median } from '../../../shared/federation/policies/median.ts';
import type { EngineRow } from '../engineResult.ts';
import type { Contender, Samples } from './contender.ts';

const BATCH: Readonly<Record<string, number>> = { mlp: 32 };
const DEFAULT_BATCH = 16;
export const ROUNDS = 15;
/** A turn takes about this long, and one step at least. */
const TURN_MS = 40;
const WARM_UP_MS = 400;
/** All turns of a slow contender together take about this long, and one step at least. */
const CONTENDER_MS = 5000;
/** Steps between two waits for the results: as in training, where nothing is read back inside an epoch. */
const MOST_PENDING = 16;
const PENDING_MS = 20;

export function batchOf(model: ModelSpec): number {
  return BATCH[model.id] ?? DEFAULT_BATCH;
}

export function randomSamples(model: ModelSpec): Samples {
  const random = createRandom(1);
  const count = batchOf(model);
  const classes = numOutputs(model);
  const elements = model.input.reduce((product, extent) => product * extent, count);
  return {
    count,
    inputs: Float32Array.from({ length: elements }, () => random.uniform()),
    labels: Uint8Array.from({ length: count }, () => random.integer(classes)),
    targets: Float32Array.from({ length: count * classes }, () => random.integer(2)),
  };
}

/** Milliseconds a step, over as many steps as fit into `durationMs`, waiting after every `pending`. */
async function timeSteps(contender: Contender, durationMs: number, pending: number): Promise<number> {
  await contender.activate();
  const from = performance.now();
  let steps = 0;
  do {
    for (let step = 0; step < pending; step++) contender.step();
    await contender.settle();
    steps += pending;
  } while (performance.now() - from < durationMs);
  return (performance.now() - from) / steps;
}

/** A row a contender, of the same samples and the same first parameters. Disposes of the contenders. */
export async function measureModel(
  model: ModelSpec,
  contenders: readonly Contender[],
  betweenRounds: () => void,
  log: (line: string) => void,
): Promise<EngineRow[]> {
  const batch = batchOf(model);
  const { flopsPerStep } = planTraining(model, fullScheme(model), { batch });
  const paces: { rounds: number; pending: number }[] = [];
  for (const contender of contenders) {
    const msPerStep = await timeSteps(contender, WARM_UP_MS, 1);
    paces.push({
      rounds: Math.max(1, CONTENDER_MS / msPerStep),
      pending: Math.min(MOST_PENDING, Math.max(1, Math.floor(PENDING_MS / msPerStep))),
    });
  }
  const times = contenders.map((): number[] => []);
  for (let round = 0; round < ROUNDS; round++) {
    betweenRounds();
    for (const [index, contender] of contenders.entries()) {
      const { rounds, pending } = paces[index]!;
      if (round < rounds) times[index]!.push(await timeSteps(contender, TURN_MS, pending));
    }
  }
  return contenders.map((contender, index) => {
    contender.dispose();
    const msPerStep = median(times[index]!);
    log(`${model.id}: ${contender.engine} ${contender.backend}: ${msPerStep.toFixed(3)} ms/step`);
    return {
      model: model.id,
      batch,
      engine: contender.engine,
      backend: contender.backend,
      msPerStep,
      gflops: flopsPerStep / msPerStep / 1e6,
      peakBytes: contender.peakBytes,
    };
  });
}
