import { describe, expect, it } from 'vitest';
import { createRandom } from '../random.ts';
import { initialParameters } from './initialParameters.ts';
import { sizeOf } from './shapes.ts';
import { numParameters, parametersOf, type ModelSpec } from './model.ts';
import { findModel, MODELS } from './models.ts';
import { planTraining } from './planTraining.ts';
import { EMPTY_SCHEME, extentsOf, fullScheme } from './scheme.ts';
import { gatherStretches, stretchesOfPart, subnetworkOf, type Subnetwork } from './subnetwork.ts';
import { randomCase } from './testing/randomCase.ts';
import { createWasmTrainer } from './wasm/wasmTrainer.ts';

const WIDTHS = [
  { ratio: 0.25, offset: 0 },
  { ratio: 0.5, offset: 0.75 },
  { ratio: 0.5, offset: 0.3 },
];

function gathered(model: ModelSpec, { kept }: Subnetwork, parameters: readonly Float32Array[]) {
  return parametersOf(model).map((parameter, index) =>
    gatherStretches(parameters[index]!, stretchesOfPart(extentsOf(parameter), kept[index]!)),
  );
}

/** The whole model with every weight that reads a dropped channel set to zero. */
function masked(model: ModelSpec, { kept }: Subnetwork, parameters: readonly Float32Array[]) {
  return parametersOf(model).map((parameter, index) => {
    const { inputs, outputs } = extentsOf(parameter);
    const isKept = new Set(kept[index]!.inputs);
    return parameters[index]!.map((value, i) => (isKept.has(Math.floor(i / outputs) % inputs) ? value : 0));
  });
}

async function predictions(model: ModelSpec, parameters: readonly Float32Array[]): Promise<Float32Array> {
  const trainer = createWasmTrainer(planTraining(model, EMPTY_SCHEME, { batch: 2 }), 'simd');
  trainer.load([...parameters.keys()], parameters);
  const inputs = Float32Array.from({ length: 2 * sizeOf(model.input) }, (_, i) => Math.sin(i * 0.7));
  const outputs = await trainer.predict({ inputs, labels: new Uint8Array(2), count: 2 });
  trainer.dispose();
  return outputs;
}

describe('subnetworkOf', () => {
  it('gives the outputs of the whole model with the other channels masked', async () => {
    const cases = [
      ...MODELS.map((model) => ({ model, parameters: initialParameters(model, 3) })),
      ...Array.from({ length: 40 }, (_, seed) => randomCase(9000 + seed, ['float32'])),
    ];
    for (const { model, parameters } of cases)
      for (const width of WIDTHS) {
        const part = subnetworkOf(model, width);
        const own = gathered(model, part, parameters);
        expect(own.map(({ length }) => length)).toEqual(parametersOf(part.model).map(({ size }) => size));
        const ours = await predictions(part.model, own);
        const theirs = await predictions(model, masked(model, part, parameters));
        ours.forEach((value, i) =>
          expect(Math.abs(value - theirs[i]!), `${model.id} at ${JSON.stringify(width)}`).toBeLessThan(1e-5),
        );
      }
  });

  it('gives each kept weight and bias a gradient', async () => {
    // No unit of a tanh is ever off.
    const smallCnn = findModel('small-cnn');
    const layers = smallCnn.layers.map((layer) =>
      layer.kind === 'relu' ? { ...layer, kind: 'tanh' as const } : layer,
    );
    const model: ModelSpec = { ...smallCnn, layers };
    const part = subnetworkOf(model, { ratio: 0.5, offset: 0.5 });
    const plan = planTraining(part.model, fullScheme(part.model), { batch: 64 });
    const trainer = createWasmTrainer(plan, 'simd');
    const parameters = gathered(model, part, initialParameters(model, 1));
    trainer.load([...parameters.keys()], parameters);
    trainer.beginUpdate();
    const random = createRandom(4);
    const inputs = Float32Array.from({ length: 64 * 784 }, () => random.normal());
    const labels = Uint8Array.from({ length: 64 }, (_, n) => n % 10);
    trainer.step({ inputs, labels, count: 64 }, 0.05);
    const delta = await trainer.finishUpdate();
    expect(delta.filter((value) => value === 0).length).toBe(0);
    trainer.dispose();
  });

  it('shrinks with the square of the ratio, and rolling windows reach every channel', () => {
    const model = findModel('small-cnn');
    const whole = numParameters(model);
    expect(numParameters(subnetworkOf(model, { ratio: 0.25, offset: 0 }).model) / whole).toBeLessThan(0.08);
    expect(subnetworkOf(model, { ratio: 1, offset: 0 }).model).toEqual(model);
    const reached = new Set(
      [0, 0.25, 0.5, 0.75].flatMap((offset) => subnetworkOf(model, { ratio: 0.25, offset }).kept[2]!.outputs),
    );
    expect(reached.size).toBe(32);
  });

  it('lists runs in the order of the subnetwork, wrapped windows ascending', () => {
    const part = { inputs: [1], outputs: [0, 1, 3] };
    expect(stretchesOfPart({ positions: 2, inputs: 2, outputs: 4 }, part)).toEqual([
      { start: 4, length: 2 },
      { start: 7, length: 1 },
      { start: 12, length: 2 },
      { start: 15, length: 1 },
    ]);
  });

  it('refuses widths out of range by name', () => {
    const model = findModel('mlp');
    expect(() => subnetworkOf(model, { ratio: 0, offset: 0 })).toThrow('ratio must be in (0, 1], got 0');
    expect(() => subnetworkOf(model, { ratio: 0.5, offset: 1 })).toThrow('offset must be in [0, 1), got 1');
  });
});
