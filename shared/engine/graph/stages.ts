// Lowering: the layer list becomes stages, each one layer with the activation and pool that are fused into it.
// Knows nothing of schemes, gradients or memory.

import { convExtent, layerShapes, parametersOf, sizeOf, type ModelSpec, type SampleShape } from '../model.ts';
import type { ConvGeometry } from '../plan.ts';

interface StageBase {
  /** Shape of one sample, as image: `[height, width, channels]`; `[1, 1, features]` for flat ones. */
  readonly input: ImageShape;
  readonly output: ImageShape;
}

export type ImageShape = readonly [height: number, width: number, channels: number];

export interface ConvStage extends StageBase {
  readonly kind: 'conv';
  readonly geometry: ConvGeometry;
  /** Zero border of the input, before and in all, per axis. */
  readonly padding: {
    readonly top: number;
    readonly left: number;
    readonly rows: number;
    readonly columns: number;
  };
  /** Shape before the fused pool. */
  readonly convolved: ImageShape;
  readonly weight: number;
  readonly bias: number;
  readonly relu: boolean;
  readonly pool: boolean;
}

export interface DenseStage extends StageBase {
  readonly kind: 'dense';
  readonly weight: number;
  readonly bias: number;
  readonly relu: boolean;
}

export interface PoolStage extends StageBase {
  readonly kind: 'pool';
  readonly size: number;
  readonly stride: number;
  /** The stage before ended in a relu whose gradient the pool's argmax takes over. */
  readonly relu: boolean;
}

export interface ReluStage extends StageBase {
  readonly kind: 'relu';
}

export type Stage = ConvStage | DenseStage | PoolStage | ReluStage;

/** The model as fused stages; flatten vanishes (row-major images are flat already). Throws RangeError for a model that cannot work. */
export function lowerModel(model: ModelSpec): Stage[] {
  const shapes = layerShapes(model);
  const parameters = parametersOf(model);
  const tensorOf = (name: string) => parameters.findIndex((parameter) => parameter.name === name);
  const stages: Stage[] = [];
  const { layers } = model;
  for (let index = 0; index < layers.length; index++) {
    const layer = layers[index]!;
    const inputShape = index === 0 ? model.input : shapes[index - 1]!;
    const input = toImage(inputShape);
    const followedByRelu = layers[index + 1]?.kind === 'relu';
    switch (layer.kind) {
      case 'flatten':
        break;
      case 'dense':
        stages.push({
          kind: 'dense',
          input: [1, 1, sizeOf(inputShape)],
          output: [1, 1, layer.units],
          weight: tensorOf(`${layer.name}.weight`),
          bias: tensorOf(`${layer.name}.bias`),
          relu: followedByRelu,
        });
        if (followedByRelu) index++;
        break;
      case 'conv2d': {
        const convolved = toImage(shapes[index]!);
        const [vertical, horizontal] = [0, 1].map((axis) =>
          convExtent(input[axis]!, layer.kernel[axis]!, layer.stride, layer.padding),
        ) as [ReturnType<typeof convExtent>, ReturnType<typeof convExtent>];
        if (followedByRelu) index++;
        const next = layers[index + 1];
        const pool = next?.kind === 'maxPool2d' && next.size === 2 && next.stride === 2;
        if (pool) index++;
        stages.push({
          kind: 'conv',
          input,
          convolved,
          output: toImage(shapes[index]!),
          geometry: {
            kernelHeight: layer.kernel[0],
            kernelWidth: layer.kernel[1],
            stride: layer.stride,
            inputChannels: input[2],
            filters: layer.filters,
          },
          padding: {
            top: vertical.before,
            left: horizontal.before,
            rows: vertical.padded,
            columns: horizontal.padded,
          },
          weight: tensorOf(`${layer.name}.weight`),
          bias: tensorOf(`${layer.name}.bias`),
          relu: followedByRelu,
          pool,
        });
        break;
      }
      case 'maxPool2d': {
        const before = stages.at(-1);
        stages.push({
          kind: 'pool',
          input,
          output: toImage(shapes[index]!),
          size: layer.size,
          stride: layer.stride,
          relu: before !== undefined && endsInRelu(before),
        });
        break;
      }
      case 'relu':
        stages.push({ kind: 'relu', input, output: input });
        break;
    }
  }
  return stages;
}

/** The stage's output has gone through a relu of its own (not one before a fused pool). */
export function endsInRelu(stage: Stage): boolean {
  return (
    stage.kind === 'relu' ||
    (stage.kind === 'dense' && stage.relu) ||
    (stage.kind === 'conv' && stage.relu && !stage.pool)
  );
}

function toImage(shape: SampleShape): ImageShape {
  return shape.length === 3 ? [shape[0]!, shape[1]!, shape[2]!] : [1, 1, shape[0]!];
}
