// Lowering: the layers become stages, each one op with the activation and pool that are fused into it, over numbered values.
// Knows nothing of schemes, gradients or memory.

import {
  convExtent,
  inputsOf,
  layerShapes,
  pairOf,
  parametersOf,
  type ConvLayer,
  type ModelSpec,
  type SampleShape,
} from '../model.ts';
import type { ActivationFunction } from '../activations/activationFunction.ts';
import type { ConvGeometry } from '../ops/conv2d/geometry.ts';
import type { PoolGeometry } from '../ops/poolGeometry.ts';

/** Shape of one sample as an image: `[height, width, channels]`; `[1, 1, features]` for flat ones. */
export type ImageShape = readonly [height: number, width: number, channels: number];

interface StageBase {
  /** Values read: 0 is the model's input, k the output of stage k - 1. */
  readonly reads: readonly number[];
  /** Shape of the first value read, as the stage sees it, and of what it gives. */
  readonly input: ImageShape;
  readonly output: ImageShape;
}

export interface ConvStage extends StageBase {
  readonly kind: 'conv';
  readonly geometry: ConvGeometry;
  /** Zero rows and columns after the image that "same" padding needs (those before it are the geometry's). */
  readonly padBottom: number;
  readonly padRight: number;
  /** Shape before the fused pool. */
  readonly convolved: ImageShape;
  readonly weight: number;
  readonly bias: number;
  readonly activation: ActivationFunction | null;
  readonly pool: boolean;
}

export interface DenseStage extends StageBase {
  readonly kind: 'dense';
  readonly weight: number;
  readonly bias: number;
  readonly activation: ActivationFunction | null;
}

export interface PoolStage extends StageBase {
  readonly kind: 'maxPool' | 'avgPool';
  readonly geometry: PoolGeometry;
}

export interface ActivationStage extends StageBase {
  readonly kind: 'activation';
  readonly function: ActivationFunction;
}

export interface NormStage extends StageBase {
  readonly kind: 'groupNorm';
  readonly groups: number;
  readonly epsilon: number;
  readonly weight: number;
  readonly bias: number;
}

export interface AddStage extends StageBase {
  readonly kind: 'add';
}

export interface DropoutStage extends StageBase {
  readonly kind: 'dropout';
  readonly rate: number;
  readonly layerSeed: number;
}

export type Stage =
  | ConvStage
  | DenseStage
  | PoolStage
  | ActivationStage
  | NormStage
  | AddStage
  | DropoutStage;

/** The model as fused stages; flatten vanishes (row-major images are flat already). Throws RangeError for a model that cannot work. */
export function lowerModel(model: ModelSpec): Stage[] {
  const { layers } = model;
  const shapes = layerShapes(model);
  const parameters = parametersOf(model);
  const tensorOf = (name: string) => parameters.findIndex((parameter) => parameter.name === name);
  const reads = layers.map((_, index) => inputsOf(model, index));
  const numReaders = layers.map((_, index) => reads.flat().filter((read) => read === index).length);
  /** By layer index; -1 is the model's input. */
  const values = new Map<number, number>([[-1, 0]]);
  const stages: Stage[] = [];
  /** The layer after `index` when it alone reads that one, so that it can be fused into it. */
  const soleReader = (index: number) =>
    numReaders[index] === 1 && reads[index + 1]?.length === 1 && reads[index + 1]![0] === index
      ? layers[index + 1]
      : undefined;

  const valueShape = (value: number) => (value === 0 ? toImage(model.input) : stages[value - 1]!.output);

  for (let index = 0; index < layers.length; index++) {
    const layer = layers[index]!;
    const inputShape = reads[index]![0]! < 0 ? model.input : shapes[reads[index]![0]!]!;
    const base = {
      reads: reads[index]!.map((read) => values.get(read)!),
      input: toImage(inputShape),
      output: toImage(shapes[index]!),
    };
    /** What reads element by element, or by channel, sees the image as it was before a flatten. */
    const unflattened = valueShape(base.reads[0]!);
    const tensors = { weight: tensorOf(`${layer.name}.weight`), bias: tensorOf(`${layer.name}.bias`) };
    switch (layer.kind) {
      case 'flatten':
        values.set(index, base.reads[0]!);
        continue;
      case 'dense': {
        const activation = activationOf(soleReader(index)?.kind);
        if (activation) index++;
        stages.push({ ...base, ...tensors, kind: 'dense', activation });
        break;
      }
      case 'conv2d': {
        const activation = activationOf(soleReader(index)?.kind);
        if (activation) index++;
        const next = soleReader(index);
        const pool =
          next?.kind === 'maxPool2d' &&
          pairOf(next.size).join() === '2,2' &&
          pairOf(next.stride).join() === '2,2' &&
          (layer.groups ?? 1) === 1 &&
          (activation === null || activation === 'relu' || activation === 'relu6');
        if (pool) index++;
        const output = toImage(shapes[index]!);
        stages.push({
          ...base,
          ...tensors,
          ...convolutionOf(layer, base.input),
          kind: 'conv',
          convolved: base.output,
          output,
          activation,
          pool,
        });
        break;
      }
      case 'maxPool2d':
      case 'avgPool2d': {
        const geometry = { size: pairOf(layer.size), stride: pairOf(layer.stride) };
        stages.push({ ...base, kind: layer.kind === 'maxPool2d' ? 'maxPool' : 'avgPool', geometry });
        break;
      }
      case 'globalAvgPool': {
        const size = [base.input[0], base.input[1]] as const;
        stages.push({ ...base, kind: 'avgPool', geometry: { size, stride: size } });
        break;
      }
      case 'relu':
      case 'relu6':
      case 'sigmoid':
      case 'tanh':
        stages.push({
          ...base,
          input: unflattened,
          output: unflattened,
          kind: 'activation',
          function: layer.kind,
        });
        break;
      case 'groupNorm': {
        if (unflattened[2] !== base.input[2])
          throw new RangeError(
            `layer "${layer.name}" (groupNorm) must come before the flatten that it reads`,
          );
        const [weight, bias] = [tensorOf(`${layer.name}.scale`), tensorOf(`${layer.name}.shift`)];
        stages.push({
          ...base,
          kind: 'groupNorm',
          groups: layer.groups,
          epsilon: layer.epsilon,
          weight,
          bias,
        });
        break;
      }
      case 'add':
        if (base.reads.some((read) => valueShape(read).join() !== unflattened.join()))
          throw new RangeError(`layer "${layer.name}" (add) must come before the flatten that it reads`);
        stages.push({ ...base, input: unflattened, output: unflattened, kind: 'add' });
        break;
      case 'dropout':
        stages.push({
          ...base,
          input: unflattened,
          output: unflattened,
          kind: 'dropout',
          rate: layer.rate,
          layerSeed: index,
        });
        break;
    }
    values.set(index, stages.length);
  }
  return stages;
}

function activationOf(kind: string | undefined): ActivationFunction | null {
  switch (kind) {
    case 'relu':
    case 'relu6':
    case 'sigmoid':
    case 'tanh':
      return kind;
    default:
      return null;
  }
}

function convolutionOf(layer: ConvLayer, [height, width, inputChannels]: ImageShape) {
  const [kernelHeight, kernelWidth] = layer.kernel;
  const { stride, padding, filters, groups = 1 } = layer;
  const vertical = convExtent(height, kernelHeight, stride, padding);
  const horizontal = convExtent(width, kernelWidth, stride, padding);
  const [padTop, padLeft] = [vertical.before, horizontal.before];
  const geometry = { kernelHeight, kernelWidth, stride, padTop, padLeft, inputChannels, filters, groups };
  return {
    geometry,
    padBottom: vertical.padded - height - padTop,
    padRight: horizontal.padded - width - padLeft,
  };
}

function toImage(shape: SampleShape): ImageShape {
  return shape.length === 3 ? [shape[0]!, shape[1]!, shape[2]!] : [1, 1, shape[0]!];
}
