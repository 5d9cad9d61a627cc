// Random small training cases for property tests: model, scheme, batch, form, parameters and samples from one seed.

import { createRandom, mixSeed, type Random } from '../../random.ts';
import type { ConvLayer } from '../layers/conv2d.ts';
import { sizeOf } from '../shapes.ts';
import type { LayerSpec } from '../layers/layers.ts';
import { layerShapes, numOutputs, parametersOf, type LossKind, type ModelSpec } from '../model.ts';
import type { MicroBatchForm, TrainingPlan } from '../plan.ts';
import type { Precision } from '../tensors.ts';
import { planTraining } from '../planTraining.ts';
import { extentsOf, stretchesOf, trainedSlices, type UpdateScheme } from '../scheme.ts';
import type { Batch } from '../trainer.ts';
import { decodeWeight, encodeWeight } from '../weightCodec.ts';

const PRECISIONS = ['float32', 'float16', 'int8'] as const;

export interface TrainingCase {
  readonly seed: number;
  readonly model: ModelSpec;
  readonly scheme: UpdateScheme;
  readonly batch: number;
  readonly microBatch: number;
  readonly form: MicroBatchForm;
  readonly frozenPrecision: Precision;
  readonly split: boolean;
  readonly recompute: boolean;
  /** Of the step, for dropout. */
  readonly stepSeed: number;
  /** Values that the plan can hold exactly. */
  readonly parameters: readonly Float32Array[];
  /** Often smaller than `batch`. */
  readonly samples: Batch;
}

/** The case of that seed, its frozen weights in one of these precisions; prints as one line for a failing test's message. */
export function randomCase(seed: number, precisions: readonly Precision[] = PRECISIONS): TrainingCase {
  const random = createRandom(mixSeed(seed, 77));
  const model = randomModel(random, seed);
  const batch = 1 + random.integer(9);
  const microBatch = random.integer(2) === 0 ? batch : 1 + random.integer(batch);
  const form =
    microBatch === batch ? 'whole' : pick(random, ['deferred', 'accumulating', 'immediate'] as const);
  const anyScheme = randomScheme(random, model);
  const stepSeed = random.integer(2 ** 31);
  const parameters = randomParameters(random, model);
  const samples = randomBatch(random, model, 1 + random.integer(batch));
  const frozenPrecision = pick(random, precisions);
  const recompute = random.integer(2) === 0;
  const split = precisions.includes('int8') && random.integer(2) === 0;
  const scheme = split ? narrowed(random, model, anyScheme) : anyScheme;
  const options = { batch, microBatch, form, frozenPrecision, split } as const;
  const plan = planTraining(model, scheme, options);
  return {
    seed,
    model,
    scheme,
    batch,
    microBatch,
    form,
    frozenPrecision,
    split: plan.split,
    recompute,
    stepSeed,
    parameters: asHeld(plan, parameters),
    samples,
  };
}

/** The values that the plan's arena holds of these: rounded, but for what is trained. */
export function asHeld(plan: TrainingPlan, parameters: readonly Float32Array[]): Float32Array[] {
  const held = parameters.map((values, index) => {
    const { matrix, elementType } = plan.tensors[plan.parameterIds[index]!]!;
    const precision = elementType as Precision;
    return decodeWeight(encodeWeight(values, matrix!, precision), matrix!, precision);
  });
  const specs = parametersOf(plan.model);
  for (const slice of trainedSlices(plan.model, plan.scheme))
    for (const { start, length } of stretchesOf(specs[slice.parameter]!, slice))
      held[slice.parameter]!.set(parameters[slice.parameter]!.subarray(start, start + length), start);
  return held;
}

/** One line that names the case. */
export function describeCase({
  seed,
  model,
  scheme,
  batch,
  microBatch,
  form,
  frozenPrecision,
  split,
  recompute,
  samples,
}: TrainingCase): string {
  const layers = model.layers.map((layer) => JSON.stringify(layer)).join(' ');
  const trained = scheme.entries
    .map(({ tensor, input, output }) => `${tensor} [${input.join()}) x [${output.join()})`)
    .join(', ');
  return `seed ${seed}, ${model.loss}: input [${model.input.join(', ')}] ${layers}; trains ${trained}; batch ${batch}, ${form} ${microBatch}, frozen ${frozenPrecision}${split ? ', split' : ''}${recompute ? ', recomputing' : ''}, ${samples.count} samples`;
}

function pick<T>(random: Random, items: readonly T[]): T {
  return items[random.integer(items.length)]!;
}

const ACTIVATIONS = ['relu', 'relu', 'relu6', 'sigmoid', 'tanh', 'elu'] as const;

const LOSSES: readonly LossKind[] = [
  'softmaxCrossEntropy',
  'softmaxCrossEntropy',
  'binaryCrossEntropy',
  'meanSquaredError',
];

function randomModel(random: Random, seed: number): ModelSpec {
  const layers: LayerSpec[] = [];
  const isImage = random.integer(4) > 0;
  const input = isImage
    ? [pick(random, [1, 5, 6, 8, 10]), 5 + random.integer(6), pick(random, [1, 2, 3, 4, 8])]
    : [pick(random, [1, 3, 4, 7, 16, 30])];
  const loss = pick(random, LOSSES);
  const model = (more: readonly LayerSpec[]): ModelSpec => ({
    id: `random-${seed}`,
    input,
    layers: more,
    loss,
  });
  const ending = [
    { kind: 'flatten', name: 'flat' },
    { kind: 'dense', name: 'output', units: pick(random, [2, 3, 5, 10]) },
  ] as const;
  const shapeNow = () => layerShapes(model([...layers, ...ending])).at(-3) ?? input;
  const add = (...more: LayerSpec[]) => {
    try {
      layerShapes(model([...layers, ...more, ...ending]));
      layers.push(...more);
    } catch {
      // It leaves nothing of a small input: this case does without it.
    }
  };
  const addActivation = (name: string) => {
    if (random.integer(3) > 0) add({ kind: pick(random, ACTIVATIONS), name });
  };
  if (isImage) {
    if (random.integer(3) === 0) add(...expandedDepthwise(random));
    for (let index = 0; index < 1 + random.integer(3); index++) {
      if (random.integer(5) > 0) add(randomConvolution(random, `conv${index}`, shapeNow()[2]!));
      addActivation(`act${index}`);
      const extra = random.integer(9);
      const channels = shapeNow()[2]!;
      if (extra === 0) add({ kind: 'maxPool2d', name: `pool${index}`, size: 2, stride: 2 });
      if (extra === 1)
        add({
          kind: pick(random, ['maxPool2d', 'avgPool2d']),
          name: `pool${index}`,
          size: [1 + random.integer(2), 1 + random.integer(3)],
          stride: [1 + random.integer(2), 1 + random.integer(3)],
        });
      if (extra === 2)
        add({
          kind: 'groupNorm',
          name: `norm${index}`,
          groups: channels % 2 === 0 ? pick(random, [1, 2, channels]) : 1,
          epsilon: 1e-3,
        });
      if (extra === 3) add({ kind: 'dropout', name: `drop${index}`, rate: 0.3 });
      if (extra === 4 || extra === 5)
        add(...residual(random, index, layers.at(-1)?.name ?? 'input', channels));
      if (extra === 6) addActivation(`late${index}`);
    }
    if (random.integer(4) === 0) layers.push({ kind: 'globalAvgPool', name: 'flat' });
    else layers.push({ kind: 'flatten', name: 'flat' });
  }
  if (random.integer(2) === 0) {
    layers.push({ kind: 'dense', name: 'hidden', units: pick(random, [1, 3, 4, 6, 8, 13]) });
    if (random.integer(4) > 0)
      layers.push({ kind: pick(random, ['relu', 'tanh', 'elu']), name: 'hiddenAct' });
    if (random.integer(4) === 0) layers.push({ kind: 'dropout', name: 'hiddenDrop', rate: 0.5 });
  }
  layers.push(ending[1]);
  return model(layers);
}

function randomConvolution(random: Random, name: string, channels: number): ConvLayer {
  const groups = random.integer(3) === 0 ? pick(random, divisors(channels)) : 1;
  return {
    kind: 'conv2d',
    name,
    filters: groups === 1 ? pick(random, [1, 2, 3, 4, 5, 8, 12, 16]) : groups * pick(random, [1, 1, 2]),
    kernel: random.integer(4) === 0 ? [1, 1] : [1 + random.integer(4), 1 + random.integer(4)],
    stride: pick(random, [1, 1, 2]),
    padding: pick(random, ['same', 'valid']),
    groups,
  };
}

/** A convolution and a depthwise one of what it gives, mostly with an activation between them, which may be fused. */
function expandedDepthwise(random: Random): LayerSpec[] {
  const filters = 2 + random.integer(18);
  const kernel = [1 + random.integer(3), 1 + random.integer(4)] as const;
  const expand = { ...randomConvolution(random, 'expand', 1), filters };
  const depthwise = { ...randomConvolution(random, 'depthwise', 1), filters, groups: filters, kernel };
  const between: LayerSpec[] =
    random.integer(4) === 0 ? [] : [{ kind: pick(random, ACTIVATIONS), name: 'expandAct' }];
  return [expand, ...between, depthwise, { kind: pick(random, ACTIVATIONS), name: 'depthwiseAct' }];
}

/** What is read, and a convolution of it, added up. */
function residual(random: Random, index: number, reads: string, channels: number): LayerSpec[] {
  const convolution: LayerSpec = {
    kind: 'conv2d',
    name: `res${index}`,
    inputs: [reads],
    filters: channels,
    kernel: [1 + 2 * random.integer(2), 3],
    stride: 1,
    padding: 'same',
  };
  const inner: LayerSpec[] = random.integer(2) === 0 ? [] : [{ kind: 'relu', name: `resAct${index}` }];
  const last = inner.at(-1) ?? convolution;
  return [
    convolution,
    ...inner,
    {
      kind: 'add',
      name: `add${index}`,
      inputs: random.integer(2) === 0 ? [last.name, reads] : [reads, last.name],
    },
  ];
}

function divisors(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i + 1).filter((d) => n % d === 0);
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
        return {
          tensor: parameter.name,
          output: randomRange(random, outputs),
          input: randomRange(random, inputs),
        };
      }),
  };
}

/** With at most half of the outputs of most weights, over all inputs. */
function narrowed(random: Random, model: ModelSpec, { entries }: UpdateScheme): UpdateScheme {
  const parameters = parametersOf(model);
  return {
    entries: entries.map((entry) => {
      const parameter = parameters.find(({ name }) => name === entry.tensor)!;
      const { inputs, outputs } = extentsOf(parameter);
      if (parameter.role !== 'weight' || outputs < 2 || random.integer(4) === 0) return entry;
      const length = 1 + random.integer(Math.floor(outputs / 2));
      const from = random.integer(outputs - length + 1);
      return { tensor: entry.tensor, output: [from, from + length], input: [0, inputs] };
    }),
  };
}

/** Whole more often than not. */
function randomRange(random: Random, extent: number): [number, number] {
  if (random.integer(3) > 0) return [0, extent];
  const from = random.integer(extent);
  return [from, from + 1 + random.integer(extent - from)];
}

/** Weights wide enough that relu and argmax decisions are far from ties. */
function randomParameters(random: Random, model: ModelSpec): Float32Array[] {
  return parametersOf(model).map((parameter) => {
    const fanIn = parameter.role === 'weight' ? parameter.size / parameter.shape.at(-1)! : 4;
    return Float32Array.from({ length: parameter.size }, () => random.normal() / Math.sqrt(fanIn));
  });
}

function randomBatch(random: Random, model: ModelSpec, count: number): Batch {
  const outputs = numOutputs(model);
  const isClasses = model.loss === 'softmaxCrossEntropy';
  const isBinary = model.loss === 'binaryCrossEntropy';
  return {
    inputs: Float32Array.from({ length: count * sizeOf(model.input) }, () => random.normal()),
    labels: Uint8Array.from({ length: isClasses ? count : 0 }, () => random.integer(outputs)),
    ...(isClasses
      ? {}
      : {
          targets: Float32Array.from({ length: count * outputs }, () =>
            isBinary ? random.integer(2) : random.normal(),
          ),
        }),
    count,
  };
}
