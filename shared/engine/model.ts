// A model as data: a list of layers and the named parameter tensors that follow from it.
// Knows nothing of memory, plans, tasks or the network.

/** Shape of one sample: `[height, width, channels]`, or `[features]`. The batch axis is never part of it. */
export type SampleShape = readonly number[];

interface LayerBase {
  readonly name: string;
  /** Names of the layers whose outputs it reads (`input` is the model's own input); default: the layer before it. */
  readonly inputs?: readonly string[];
}

export interface DenseLayer extends LayerBase {
  readonly kind: 'dense';
  readonly units: number;
}

export interface ConvLayer extends LayerBase {
  readonly kind: 'conv2d';
  readonly filters: number;
  /** `[height, width]` in pixels. */
  readonly kernel: readonly [number, number];
  readonly stride: 1 | 2;
  readonly padding: 'same' | 'valid';
  /** Divides input channels and filters; default 1. As many as input channels: depthwise. */
  readonly groups?: number;
}

export interface PoolLayer extends LayerBase {
  readonly kind: 'maxPool2d' | 'avgPool2d';
  /** Window and stride, in pixels, or `[height, width]`; windows do not pad: a remainder at the edge is dropped. */
  readonly size: number | readonly [number, number];
  readonly stride: number | readonly [number, number];
}

export interface GroupNormLayer extends LayerBase {
  readonly kind: 'groupNorm';
  readonly groups: number;
  readonly epsilon: number;
}

export interface DropoutLayer extends LayerBase {
  readonly kind: 'dropout';
  /** Share of elements zeroed in training, in [0, 1). */
  readonly rate: number;
}

/** `add` sums two inputs of one shape; `globalAvgPool` gives `[channels]`; all others keep their input's shape but `flatten`. */
export interface PlainLayer extends LayerBase {
  readonly kind: 'relu' | 'relu6' | 'sigmoid' | 'tanh' | 'flatten' | 'globalAvgPool' | 'add';
}

export type LayerSpec = DenseLayer | ConvLayer | PoolLayer | GroupNormLayer | DropoutLayer | PlainLayer;

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

/** Number of elements of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

/** Extent of a convolution's output and the zero rows before it ("same" follows TensorFlow: the odd row goes to the end). */
export function convExtent(
  input: number,
  kernel: number,
  stride: number,
  padding: 'same' | 'valid',
): { readonly output: number; readonly before: number; readonly padded: number } {
  if (padding === 'valid')
    return { output: Math.floor((input - kernel) / stride) + 1, before: 0, padded: input };
  const output = Math.ceil(input / stride);
  const total = Math.max((output - 1) * stride + kernel - input, 0);
  return { output, before: Math.floor(total / 2), padded: input + total };
}

function outputShape(layer: LayerSpec, input: SampleShape): SampleShape {
  switch (layer.kind) {
    case 'dense':
      expectRank(layer, input, 1, 'put a flatten layer before it');
      expectCount(layer, 'units', layer.units);
      return [layer.units];
    case 'conv2d': {
      expectRank(layer, input, 3, 'its input must be [height, width, channels]');
      expectCount(layer, 'filters', layer.filters);
      expectCount(layer, 'kernel height', layer.kernel[0]);
      expectCount(layer, 'kernel width', layer.kernel[1]);
      if (layer.stride !== 1 && layer.stride !== 2)
        throw new RangeError(`layer "${layer.name}": stride must be 1 or 2, got ${String(layer.stride)}`);
      const height = convExtent(input[0]!, layer.kernel[0], layer.stride, layer.padding).output;
      const width = convExtent(input[1]!, layer.kernel[1], layer.stride, layer.padding).output;
      return expectSize(layer, input, [height, width, layer.filters]);
    }
    case 'maxPool2d':
      expectRank(layer, input, 3, 'its input must be [height, width, channels]');
      expectCount(layer, 'size', layer.size);
      expectCount(layer, 'stride', layer.stride);
      if (layer.size > 15)
        throw new RangeError(`layer "${layer.name}": size must be at most 15, got ${layer.size}`);
      return expectSize(layer, input, [
        Math.floor((input[0]! - layer.size) / layer.stride) + 1,
        Math.floor((input[1]! - layer.size) / layer.stride) + 1,
        input[2]!,
      ]);
    case 'relu':
      return input;
    case 'flatten':
      return [sizeOf(input)];
    default:
      return unknownLayer(layer);
  }
}

function unknownLayer(layer: never): never {
  const { kind, name } = layer as { kind: unknown; name: unknown };
  throw new RangeError(
    `layer "${String(name)}": kind must be dense, conv2d, maxPool2d, relu or flatten, got "${String(kind)}"`,
  );
}

function expectRank(layer: LayerSpec, input: SampleShape, rank: number, advice: string): void {
  if (input.length !== rank)
    throw new RangeError(`layer "${layer.name}" (${layer.kind}): ${advice}, got input [${input.join(', ')}]`);
}

function expectCount(layer: LayerSpec, what: string, value: number): void {
  if (!Number.isInteger(value) || value < 1)
    throw new RangeError(`layer "${layer.name}": ${what} must be an integer >= 1, got ${String(value)}`);
}

function expectSize(layer: LayerSpec, input: SampleShape, output: SampleShape): SampleShape {
  if (output.some((extent) => extent < 1))
    throw new RangeError(
      `layer "${layer.name}" (${layer.kind}) leaves nothing of its input [${input.join(', ')}]`,
    );
  return output;
}

/** Output shape of every layer, in order. Throws RangeError naming the first layer that cannot work. */
export function layerShapes(model: ModelSpec): SampleShape[] {
  if (
    (model.input.length !== 1 && model.input.length !== 3) ||
    model.input.some((n) => !Number.isInteger(n) || n < 1)
  )
    throw new RangeError(
      `model "${model.id}": input must be [features] or [height, width, channels] of integers >= 1, got [${model.input.join(', ')}]`,
    );
  const names = new Set<string>();
  const shapes: SampleShape[] = [];
  let shape = model.input;
  for (const layer of model.layers) {
    if (names.has(layer.name))
      throw new RangeError(
        `model "${model.id}": layer name "${layer.name}" is used twice; names must differ`,
      );
    names.add(layer.name);
    shape = outputShape(layer, shape);
    shapes.push(shape);
  }
  const last = model.layers.at(-1);
  if (!last || last.kind === 'relu' || shape.length !== 1)
    throw new RangeError(
      `model "${model.id}": the last layer must give one logit a class (a dense layer without activation), got ${last ? `"${last.name}" (${last.kind})` : 'no layer'}`,
    );
  return shapes;
}

/** All parameter tensors, in layer order, weight before bias. Throws RangeError as `layerShapes` does. */
export function parametersOf(model: ModelSpec): ParameterSpec[] {
  const shapes = layerShapes(model);
  const parameters: ParameterSpec[] = [];
  model.layers.forEach((layer, index) => {
    const input = index === 0 ? model.input : shapes[index - 1]!;
    const add = (role: 'weight' | 'bias', shape: readonly number[]) =>
      parameters.push({ name: `${layer.name}.${role}`, layer: layer.name, role, shape, size: sizeOf(shape) });
    if (layer.kind === 'dense') {
      add('weight', [input[0]!, layer.units]);
      add('bias', [layer.units]);
    } else if (layer.kind === 'conv2d') {
      add('weight', [layer.kernel[0], layer.kernel[1], input[2]!, layer.filters]);
      add('bias', [layer.filters]);
    }
  });
  return parameters;
}

/** Number of parameters of the model. */
export function numParameters(model: ModelSpec): number {
  return parametersOf(model).reduce((sum, parameter) => sum + parameter.size, 0);
}
