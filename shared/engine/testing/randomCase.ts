// Random small training cases for property tests: model, scheme, batch, form, parameters and samples from one seed.

import { createRandom, mixSeed, type Random } from '../../random.ts';
import { layerShapes, parametersOf, sizeOf, type LayerSpec, type ModelSpec } from '../model.ts';
import type { MicroBatchForm } from '../plan.ts';
import { extentsOf, type UpdateScheme } from '../scheme.ts';
import type { Batch } from '../trainer.ts';

export interface TrainingCase {
  readonly seed: number;
  readonly model: ModelSpec;
  readonly scheme: UpdateScheme;
  readonly batch: number;
  readonly microBatch: number;
  readonly form: MicroBatchForm;
  readonly parameters: readonly Float32Array[];
  /** Often smaller than `batch`. */
  readonly samples: Batch;
}

/** The case of that seed; prints as one line for a failing test's message. */
export function randomCase(seed: number): TrainingCase {
  const random = createRandom(mixSeed(seed, 77));
  const model = randomModel(random, seed);
  const batch = 1 + random.integer(9);
  const microBatch = random.integer(2) === 0 ? batch : 1 + random.integer(batch);
  const form = microBatch === batch ? 'whole' : random.integer(2) === 0 ? 'accumulating' : 'immediate';
  return {
    seed,
    model,
    scheme: randomScheme(random, model),
    batch,
    microBatch,
    form,
    parameters: randomParameters(random, model),
    samples: randomBatch(random, model, 1 + random.integer(batch)),
  };
}

/** One line that names the case. */
export function describeCase({
  seed,
  model,
  scheme,
  batch,
  microBatch,
  form,
  samples,
}: TrainingCase): string {
  const layers = model.layers.map((layer) => JSON.stringify(layer)).join(' ');
  const trained = scheme.entries.map((entry) => entry.tensor).join(', ');
  return `seed ${seed}: input [${model.input.join(', ')}] ${layers}; trains ${trained}; batch ${batch}, ${form} ${microBatch}, ${samples.count} samples`;
}

function pick<T>(random: Random, items: readonly T[]): T {
  return items[random.integer(items.length)]!;
}

function randomModel(random: Random, seed: number): ModelSpec {
  const layers: LayerSpec[] = [];
  const isImage = random.integer(4) > 0;
  const input = isImage
    ? [5 + random.integer(6), 5 + random.integer(6), pick(random, [1, 2, 3, 4, 8])]
    : [pick(random, [1, 3, 4, 7, 16, 30])];
  const model = (more: readonly LayerSpec[]): ModelSpec => ({
    id: `random-${seed}`,
    input,
    layers: more,
    loss: 'softmaxCrossEntropy',
  });
  const add = (layer: LayerSpec) => {
    const flattened = [
      ...layers,
      layer,
      { kind: 'flatten', name: 'f' },
      { kind: 'dense', name: 'd', units: 2 },
    ] as const;
    try {
      layerShapes(model(flattened));
      layers.push(layer);
    } catch {
      // The layer leaves nothing of a small input: this case does without it.
    }
  };
  if (isImage) {
    for (let index = 0; index < 1 + random.integer(3); index++) {
      if (random.integer(5) > 0)
        add({
          kind: 'conv2d',
          name: `conv${index}`,
          filters: pick(random, [1, 2, 3, 4, 5, 8, 12, 16]),
          kernel: [1 + random.integer(4), 1 + random.integer(4)],
          stride: pick(random, [1, 1, 2]),
          padding: pick(random, ['same', 'valid']),
        });
      if (random.integer(3) > 0) add({ kind: 'relu', name: `relu${index}` });
      const pool = random.integer(4);
      if (pool === 0) add({ kind: 'maxPool2d', name: `pool${index}`, size: 2, stride: 2 });
      if (pool === 1)
        add({
          kind: 'maxPool2d',
          name: `pool${index}`,
          size: 1 + random.integer(3),
          stride: 1 + random.integer(3),
        });
      if (pool === 2 && random.integer(3) === 0) add({ kind: 'relu', name: `late${index}` });
    }
    layers.push({ kind: 'flatten', name: 'flatten' });
  }
  if (random.integer(2) === 0) {
    layers.push({ kind: 'dense', name: 'hidden', units: pick(random, [1, 3, 4, 6, 8, 13]) });
    if (random.integer(4) > 0) layers.push({ kind: 'relu', name: 'hiddenRelu' });
  }
  layers.push({ kind: 'dense', name: 'output', units: pick(random, [2, 3, 5, 10]) });
  return model(layers);
}

function randomScheme(random: Random, model: ModelSpec): UpdateScheme {
  const parameters = parametersOf(model);
  const certain = random.integer(parameters.length);
  const share = random.uniform();
  return {
    entries: parameters
      .filter((_, index) => index === certain || random.uniform() < share)
      .map((parameter) => {
        const { inputs, outputs } = extentsOf(parameter);
        return { tensor: parameter.name, output: [0, outputs], input: [0, inputs] };
      }),
  };
}

/** Weights wide enough that relu and argmax decisions are far from ties. */
function randomParameters(random: Random, model: ModelSpec): Float32Array[] {
  return parametersOf(model).map((parameter) => {
    const fanIn = parameter.role === 'bias' ? 4 : parameter.size / parameter.shape.at(-1)!;
    return Float32Array.from({ length: parameter.size }, () => random.normal() / Math.sqrt(fanIn));
  });
}

function randomBatch(random: Random, model: ModelSpec, count: number): Batch {
  const shapes = layerShapes(model);
  const classes = sizeOf(shapes.at(-1)!);
  return {
    inputs: Float32Array.from({ length: count * sizeOf(model.input) }, () => random.normal()),
    labels: Uint8Array.from({ length: count }, () => random.integer(classes)),
    count,
  };
}
