// The Worker of the engine benchmark: all contenders of a model take turns, round after round, on one thread.

import './tfjsWasm.ts';
import type { ModelSpec } from '../../../shared/engine/model.ts';
import { planTraining } from '../../../shared/engine/planTraining.ts';
import { fullScheme } from '../../../shared/engine/scheme.ts';
import { canRun, detectVariant } from '../../../shared/engine/wasm/detectVariant.ts';
import { requestGpuDevice } from '../../../shared/engine/webgpu/requestGpuDevice.ts';
import type { EngineRow, OpRow, PageMessage, PageRequest, PageResult } from '../engineResult.ts';
import type { Contender } from './contender.ts';
import { createJaxContender, JAX_BACKENDS } from './jaxContender.ts';
import { batchOf, measureModel, randomSamples, ROUNDS } from './measureModel.ts';
import { median } from '../../../shared/federation/policies/median.ts';
import { createMinnowContender, createMinnowWebGpuContender } from './minnowContender.ts';
import { createMultiplyAddPeak } from './multiplyAddPeak.ts';
import { profileOps } from './profileOps.ts';
import { createTfjsContender, TFJS_BACKENDS } from './tfjsContender.ts';

function send(message: PageMessage): void {
  postMessage(message);
}

function log(line: string): void {
  send({ kind: 'log', line });
}

/** All that can take part; the log says why others cannot. */
async function contendersOf(
  model: ModelSpec,
  { minnowOnly, webGpuOnly }: PageRequest,
  device: GPUDevice | null,
): Promise<Contender[]> {
  const samples = randomSamples(model);
  const contenders: Contender[] = [];
  async function enter(name: string, create: () => Contender | Promise<Contender>): Promise<void> {
    try {
      contenders.push(await create());
    } catch (error) {
      log(`${model.id}: ${name} cannot: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  const isWanted = (backend: string): boolean => !webGpuOnly || backend === 'webgpu';
  for (const variant of (['scalar', 'simd', 'relaxed'] as const).filter(isWanted)) {
    if (canRun(variant))
      await enter(`minnow ${variant}`, () => createMinnowContender(model, samples, variant));
    else log(`${model.id}: minnow ${variant} cannot: this browser's WebAssembly lacks it`);
  }
  if (device) await enter('minnow webgpu', () => createMinnowWebGpuContender(model, samples, device));
  if (minnowOnly) return contenders;
  for (const backend of TFJS_BACKENDS.filter(isWanted))
    await enter(`tfjs ${backend}`, () => createTfjsContender(model, samples, backend));
  for (const backend of JAX_BACKENDS.filter(isWanted))
    await enter(`jax-js ${backend}`, () => createJaxContender(model, samples, backend));
  return contenders;
}

async function bench(request: PageRequest): Promise<PageResult> {
  const { models, perOp } = request;
  const peak = createMultiplyAddPeak(detectVariant());
  const peaks: number[] = [];
  for (let round = 0; round < ROUNDS; round++) peak();
  const rows: EngineRow[] = [];
  const device = await requestGpuDevice();
  for (const model of models) {
    const contenders = await contendersOf(model, request, device);
    rows.push(...(await measureModel(model, contenders, () => peaks.push(peak()), log)));
  }
  const ops: OpRow[] = [];
  for (const model of perOp ? models : []) {
    const plan = planTraining(model, fullScheme(model), { batch: batchOf(model) });
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
