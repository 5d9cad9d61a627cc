// A narrower network inside a network: which channels of each layer are kept, and the model that they make by themselves.
// What a layer keeps of its outputs is what its readers keep of their inputs; values that are added keep the same channels.
// After HeteroFL (arXiv 2010.01264, leading channels) and FedRolex (arXiv 2212.01548, a window that rolls).
//
// Left out on purpose: scaling of activations by 1 / ratio (the subnetwork's outputs equal those of the whole model with the
// other channels masked). Channels under a group norm are kept by whole norm groups, so that its statistics stay the same.
// The model's input, its outputs and the channels of grouped convolutions other than depthwise are always kept whole.

import { sizeOf } from './shapes.ts';
import type { LayerSpec } from './layers/layers.ts';
import { inputsOf, layerShapes, parametersOf, type ModelSpec } from './model.ts';
import type { Matrix } from './tensors.ts';
import type { Width } from './width.ts';
import { extentsOf, type Stretch } from './scheme.ts';

/** Rows and columns of a parameter tensor `[positions, inputs, outputs]` that are kept, ascending. */
export interface KeptPart {
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
}

export interface Subnetwork {
  /** The kept channels as a model of its own, with the same layer names. */
  readonly model: ModelSpec;
  /** Of each parameter of the whole model, in its order. */
  readonly kept: readonly KeptPart[];
}

/** Channels that are kept or dropped together. */
interface Channels {
  readonly count: number;
  /** Neighbours that go together: a norm group. */
  unit: number;
  isWhole: boolean;
  /** The class that this one was merged into. */
  mergedInto: Channels | null;
}

/** What a layer gives: its channels, at how many pixels a flattened sample lists them. */
interface Value {
  readonly channels: Channels;
  readonly pixels: number;
}

/** The subnetwork of that width. Throws RangeError for a width out of range or a model that cannot work. */
export function subnetworkOf(model: ModelSpec, { ratio, offset }: Width): Subnetwork {
  if (!(ratio > 0 && ratio <= 1)) throw new RangeError(`ratio must be in (0, 1], got ${ratio}`);
  if (!(offset >= 0 && offset < 1)) throw new RangeError(`offset must be in [0, 1), got ${offset}`);
  const values = channelsOf(model);
  const keptOf = (value: Value): number[] => keptChannels(resolve(value.channels), ratio, offset);
  const readOf = (index: number): Value => values[inputsOf(model, index)[0]! + 1]!;

  const layers = model.layers.map((layer, index): LayerSpec => {
    const numKept = keptOf(values[index + 1]!).length;
    switch (layer.kind) {
      case 'dense':
        return { ...layer, units: numKept };
      case 'conv2d':
        return {
          ...layer,
          filters: numKept,
          ...(isDepthwise(layer, readOf(index)) ? { groups: numKept } : {}),
        };
      case 'groupNorm': {
        const { count } = resolve(values[index + 1]!.channels);
        return { ...layer, groups: (layer.groups * numKept) / count };
      }
      default:
        return layer;
    }
  });
  const kept = parametersOf(model).map((parameter): KeptPart => {
    const index = model.layers.findIndex(({ name }) => name === parameter.layer);
    const outputs = keptOf(values[index + 1]!);
    const read = readOf(index);
    const { inputs } = extentsOf(parameter);
    if (parameter.role !== 'weight' || inputs === 1) return { inputs: [0], outputs };
    const channels = keptOf(read);
    const { count } = resolve(read.channels);
    const isGrouped = inputs !== count * read.pixels;
    if (isGrouped) return { inputs: range(inputs), outputs };
    return {
      inputs: range(read.pixels).flatMap((pixel) => channels.map((channel) => pixel * count + channel)),
      outputs,
    };
  });
  return { model: { ...model, layers }, kept };
}

/** Where the kept part lies in its tensor, in the order of the subnetwork's own tensor. */
export function stretchesOfPart({ positions, inputs, outputs }: Matrix, kept: KeptPart): Stretch[] {
  const stretches: { start: number; length: number }[] = [];
  for (let position = 0; position < positions; position++)
    for (const input of kept.inputs)
      for (const output of kept.outputs) {
        const start = (position * inputs + input) * outputs + output;
        const last = stretches.at(-1);
        if (last && last.start + last.length === start) last.length++;
        else stretches.push({ start, length: 1 });
      }
  return stretches;
}

/** The elements of the stretches, one after the other. */
export function gatherStretches(
  values: Float32Array,
  stretches: readonly Stretch[],
): Float32Array<ArrayBuffer> {
  const gathered = new Float32Array(stretches.reduce((sum, { length }) => sum + length, 0));
  let end = 0;
  for (const { start, length } of stretches) {
    gathered.set(values.subarray(start, start + length), end);
    end += length;
  }
  return gathered;
}

function channelsOfTheirOwn(count: number, isWhole: boolean): Channels {
  return { count, unit: 1, isWhole, mergedInto: null };
}

/** What each value of the model is made of; value 0 is the model's input, k the output of layer k - 1. */
function channelsOf(model: ModelSpec): Value[] {
  const shapes = layerShapes(model);
  const values: Value[] = [{ channels: channelsOfTheirOwn(model.input.at(-1)!, true), pixels: 1 }];
  model.layers.forEach((layer, index) => {
    const [read, ...others] = inputsOf(model, index).map((from) => values[from + 1]!);
    values.push(valueOf(layer, read!, others));

    function valueOf(of: LayerSpec, input: Value, more: readonly Value[]): Value {
      const channels = resolve(input.channels);
      switch (of.kind) {
        case 'dense':
          return { channels: channelsOfTheirOwn(of.units, false), pixels: 1 };
        case 'conv2d': {
          if (isDepthwise(of, input)) return input;
          const isGrouped = (of.groups ?? 1) > 1;
          if (isGrouped) channels.isWhole = true;
          return { channels: channelsOfTheirOwn(of.filters, isGrouped), pixels: 1 };
        }
        case 'groupNorm':
          if (input.pixels > 1) channels.isWhole = true;
          else channels.unit = leastCommonMultiple(channels.unit, channels.count / of.groups);
          return input;
        case 'add':
          for (const { channels: other } of more) merge(channels, resolve(other));
          return input;
        case 'flatten': {
          const from = inputsOf(model, index)[0]!;
          const shape = from < 0 ? model.input : shapes[from]!;
          return { channels, pixels: sizeOf(shape) / channels.count };
        }
        default:
          return input;
      }
    }
  });
  resolve(values.at(-1)!.channels).isWhole = true;
  return values;
}

function isDepthwise(layer: LayerSpec, read: Value): boolean {
  if (layer.kind !== 'conv2d') return false;
  const { count } = resolve(read.channels);
  return count > 1 && layer.groups === count && layer.filters === count;
}

function resolve(channels: Channels): Channels {
  return channels.mergedInto ? resolve(channels.mergedInto) : channels;
}

function merge(into: Channels, other: Channels): void {
  if (into === other) return;
  into.unit = leastCommonMultiple(into.unit, other.unit);
  into.isWhole ||= other.isWhole;
  other.mergedInto = into;
}

function keptChannels({ count, unit, isWhole }: Channels, ratio: number, offset: number): number[] {
  if (isWhole) return range(count);
  const numUnits = count / unit;
  const numKept = Math.max(1, Math.round(ratio * numUnits));
  const first = Math.floor(offset * numUnits);
  const units = range(numKept).map((unitIndex) => (first + unitIndex) % numUnits);
  return units.sort((a, b) => a - b).flatMap((unitIndex) => range(unit).map((i) => unitIndex * unit + i));
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

function leastCommonMultiple(a: number, b: number): number {
  let [x, y] = [a, b];
  while (y > 0) [x, y] = [y, x % y];
  return (a / x) * b;
}
