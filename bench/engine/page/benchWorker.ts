// The Worker of the engine benchmark: all contenders of a model take turns, round after round, on one thread.

import { createRandom } from '../../../shared/random.ts';
import type { ModelSpec } from '../../../shared/engine/model.ts';
import { numOutputs } from '../../../shared/engine/model.ts';
import { findModel } from '../../../shared/engine/models.ts';
import { planTraining } from '../../../shared/engine/planTraining.ts';
import { fullScheme } from '../../../shared/engine/scheme.ts';
import { canRun, detectVariant } from '../../../shared/engine/wasm/detectVariant.ts';
import type { EngineRow, OpRow, PageMessage, PageRequest, PageResult } from '../engineResult.ts';
import type { Contender, Samples } from './contender.ts';
import { createJaxContender, JAX_BACKENDS } from './jaxContender.ts';
import { createMinnowContender } from './minnowContender.ts';
import { createMultiplyAddPeak } from './multiplyAddPeak.ts';
import { profileOps } from './profileOps.ts';
import { createTfjsContender, TFJS_BACKENDS } from './tfjsContender.ts';

const BATCH: Readonly<Record<string, number>> = { mlp: 32 };
const DEFAULT_BATCH = 16;
const ROUNDS = 15;
/** A turn takes about this long, and one step at least. */
const TURN_MS = 40;
const WARM_UP_MS = 400;
/** All turns of a slow contender together take about this long, and one step at least. */
const CONTENDER_MS = 5000;

function send(message: PageMessage): void {
  postMessage(message);
}

function log(line: string): void {
  send({ kind: 'log', line });
}

function randomSamples(model: ModelSpec, count: number): Samples {
  const random = createRandom(1);
  const classes = numOutputs(model);
  const elements = model.input.reduce((product, extent) => product * extent, count);
  return {
    count,
    inputs: Float32Array.from({ length: elements }, () => random.uniform()),
    labels: Uint8Array.from({ length: count }, () => random.integer(classes)),
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1]!;
}

/** Milliseconds a step, over as many steps as fit into `durationMs`. */
async function timeSteps(contender: Contender, durationMs: number): Promise<number> {
  await contender.activate();
  const from = performance.now();
  let steps = 0;
  do {
    const pending = contender.step();
    if (pending) await pending;
    steps++;
  } while (performance.now() - from < durationMs);
  return (performance.now() - from) / steps;
}

async function contendersOf(model: ModelSpec, samples: Samples, minnowOnly: boolean): Promise<Contender[]> {
  const contenders: Contender[] = [];
  for (const variant of ['scalar', 'simd', 'relaxed'] as const) {
    if (canRun(variant)) contenders.push(createMinnowContender(model, samples, variant));
    else log(`${model.id}: minnow ${variant} cannot: this browser's WebAssembly lacks it`);
  }
  for (const backend of minnowOnly ? [] : TFJS_BACKENDS) {
    try {
      contenders.push(await createTfjsContender(model, samples, backend));
    } catch (error) {
      log(`${model.id}: tfjs ${backend} cannot: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  for (const backend of minnowOnly ? [] : JAX_BACKENDS) {
    try {
      contenders.push(await createJaxContender(model, samples, backend));
    } catch (error) {
      log(`${model.id}: jax-js ${backend} cannot: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return contenders;
}

async function benchModel(
  model: ModelSpec,
  minnowOnly: boolean,
  measurePeak: () => void,
): Promise<EngineRow[]> {
  const samples = randomSamples(model, BATCH[model.id] ?? DEFAULT_BATCH);
  const { flopsPerStep } = planTraining(model, fullScheme(model), { batch: samples.count });
  const contenders = await contendersOf(model, samples, minnowOnly);
  const numRounds: number[] = [];
  for (const contender of contenders)
    numRounds.push(Math.max(1, CONTENDER_MS / (await timeSteps(contender, WARM_UP_MS))));
  const times = contenders.map((): number[] => []);
  for (let round = 0; round < ROUNDS; round++) {
    measurePeak();
    for (const [index, contender] of contenders.entries())
      if (round < numRounds[index]!) times[index]!.push(await timeSteps(contender, TURN_MS));
  }
  return contenders.map((contender, index) => {
    contender.dispose();
    const msPerStep = median(times[index]!);
    log(`${model.id}: ${contender.engine} ${contender.backend}: ${msPerStep.toFixed(3)} ms/step`);
    return {
      model: model.id,
      batch: samples.count,
      engine: contender.engine,
      backend: contender.backend,
      msPerStep,
      gflops: flopsPerStep / msPerStep / 1e6,
      peakBytes: contender.peakBytes,
    };
  });
}

async function bench({ modelIds, minnowOnly, perOp }: PageRequest): Promise<PageResult> {
  const peak = createMultiplyAddPeak(detectVariant());
  const peaks: number[] = [];
  for (let round = 0; round < ROUNDS; round++) peak();
  const rows: EngineRow[] = [];
  for (const id of modelIds)
    rows.push(...(await benchModel(findModel(id), minnowOnly, () => peaks.push(peak()))));
  const ops: OpRow[] = [];
  for (const id of perOp ? modelIds : []) {
    const model = findModel(id);
    const plan = planTraining(model, fullScheme(model), { batch: BATCH[id] ?? DEFAULT_BATCH });
    ops.push(...profileOps(plan, detectVariant()));
  }
  return { peakGflops: median(peaks), rows, ...(perOp ? { ops } : {}) };
}

addEventListener('message', ({ data }: MessageEvent<PageRequest>) => {
  bench(data).then(
    (result) => send({ kind: 'done', result }),
    (error: unknown) =>
      send({
        kind: 'failed',
        message: error instanceof Error ? (error.stack ?? error.message) : String(error),
      }),
  );
});
