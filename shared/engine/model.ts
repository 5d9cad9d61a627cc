// A model as data: a list of layers and the named parameter tensors that follow from it.
// Knows nothing of memory, plans, tasks or the network.

import type { LayerKind } from './layers/layer.ts';
import { sizeOf, type SampleShape } from './shapes.ts';
import { LAYER_KINDS, LAYERS, type LayerSpec } from './layers/layers.ts';

/** What layers call the model's own input. */
export const INPUT_NAME = 'input';

/** What the outputs of the last layer are measured by; the targets of the last two are floats, `[outputs]` a sample. */
export type LossKind = 'softmaxCrossEntropy' | 'binaryCrossEntropy' | 'meanSquaredError';

/** A network: layers in an order in which each comes after those that it reads; the last one gives the outputs. */
export interface ModelSpec {
  readonly id: string;
  readonly input: SampleShape;
  readonly layers: readonly LayerSpec[];
  readonly loss: LossKind;
}

/**
 * One named parameter tensor ("block" on the wire).
 * - conv2d: `NAME.weight` `[kernelHeight, kernelWidth, inputChannels / groups, filters]`, `NAME.bias` `[filters]`
 * - dense: `NAME.weight` `[inputs, units]`, `NAME.bias` `[units]`
 * - groupNorm: `NAME.scale` `[channels]`, `NAME.shift` `[channels]`
 *
 * All float32, row-major.
 */
export interface ParameterSpec {
  readonly name: string;
  readonly layer: string;
  readonly role: 'weight' | 'bias' | 'scale' | 'shift';
  readonly shape: readonly number[];
  /** Number of elements. */
  readonly size: number;
}

/** Parameter values in the order of `parametersOf(model)`; each array is owned by whoever made it and treated as immutable. */
export type Parameters = readonly Float32Array[];

/** Shape of what one layer makes of inputs of these shapes. Throws RangeError naming the layer that cannot work on them. */
export function outputShape(layer: LayerSpec, inputs: readonly SampleShape[]): SampleShape {
  if (!LAYER_KINDS.includes(layer.kind))
    throw new RangeError(
      `layer "${String(layer.name)}": kind must be one of ${LAYER_KINDS.join(', ')}, got "${String(layer.kind)}"`,
    );
  const kind = layerKindOf(layer);
  const { numInputs = 1 } = kind;
  if (inputs.length !== numInputs)
    throw new RangeError(
      `layer "${layer.name}" (${layer.kind}) must read ${numInputs} layer${numInputs > 1 ? 's' : ''}, got ${inputs.length}`,
    );
  return kind.shape(layer, inputs);
}

/** What its kind says of a layer. */
export function layerKindOf({ kind }: LayerSpec): LayerKind<LayerSpec> {
  return LAYERS[kind];
}

/** What a layer reads: -1 is the model's input, else the index of a layer. Throws RangeError for a name that does not come before it. */
export function inputsOf(model: ModelSpec, index: number): number[] {
  const layer = model.layers[index]!;
  if (!layer.inputs) return [index - 1];
  return layer.inputs.map((name) => {
    if (name === INPUT_NAME) return -1;
    const read = model.layers.findIndex((candidate) => candidate.name === name);
    if (read < 0 || read >= index)
      throw new RangeError(
        `layer "${layer.name}" reads "${name}", which ${read < 0 ? 'no layer is named' : 'does not come before it'}`,
      );
    return read;
  });
}

/** Output shape of every layer, in order. Throws RangeError naming the first layer that cannot work. */
export function layerShapes(model: ModelSpec): SampleShape[] {
  const { id, input, layers } = model;
  if ((input.length !== 1 && input.length !== 3) || input.some((n) => !Number.isInteger(n) || n < 1))
    throw new RangeError(
      `model "${id}": input must be [features] or [height, width, channels] of integers >= 1, got [${input.join(', ')}]`,
    );
  const names = new Set<string>([INPUT_NAME]);
  const shapes: SampleShape[] = [];
  layers.forEach((layer, index) => {
    if (names.has(layer.name))
      throw new RangeError(`model "${id}": layer name "${layer.name}" is used twice; names must differ`);
    names.add(layer.name);
    const inputs = inputsOf(model, index).map((read) => (read < 0 ? input : shapes[read]!));
    shapes.push(outputShape(layer, inputs));
  });
  const last = layers.at(-1);
  if (!last || !layerKindOf(last).givesOutputs)
    throw new RangeError(
      `model "${id}": the last layer must give the outputs without activation (dense, flatten or globalAvgPool), got ${last ? `"${last.name}" (${last.kind})` : 'no layer'}`,
    );
  const read = new Set(layers.flatMap((_, index) => inputsOf(model, index)));
  layers.slice(0, -1).forEach((layer, index) => {
    if (!read.has(index)) throw new RangeError(`model "${id}": no layer reads "${layer.name}"`);
  });
  return shapes;
}

/** All parameter tensors, in layer order, weight before bias. Throws RangeError as `layerShapes` does. */
export function parametersOf(model: ModelSpec): ParameterSpec[] {
  const shapes = layerShapes(model);
  const parameters: ParameterSpec[] = [];
  model.layers.forEach((layer, index) => {
    const read = inputsOf(model, index)[0]!;
    const channels = (read < 0 ? model.input : shapes[read]!).at(-1)!;
    for (const [role, shape] of Object.entries(layerKindOf(layer).parameters?.(layer, channels) ?? {}))
      parameters.push({
        name: `${layer.name}.${role}`,
        layer: layer.name,
        role: role as ParameterSpec['role'],
        shape,
        size: sizeOf(shape),
      });
  });
  return parameters;
}

/** Number of outputs of the model: classes, or values to be fitted. */
export function numOutputs(model: ModelSpec): number {
  return sizeOf(layerShapes(model).at(-1)!);
}

/** Number of parameters of the model. */
export function numParameters(model: ModelSpec): number {
  return parametersOf(model).reduce((sum, parameter) => sum + parameter.size, 0);
}
