// A model as data: a list of layers and the named parameter tensors that follow from it.
// Knows nothing of memory, plans, tasks or the network.

/** Shape of one sample: `[height, width, channels]`, or `[features]`. The batch axis is never part of it. */
export type SampleShape = readonly number[];

/** What layers call the model's own input. */
export const INPUT_NAME = 'input';
/** Positions in a max-pool window fit a byte, and 255 is taken. */
const MAX_WINDOW = 225;
const KINDS: readonly LayerSpec['kind'][] = [
  'dense',
  'conv2d',
  'maxPool2d',
  'avgPool2d',
  'groupNorm',
  'dropout',
  'relu',
  'relu6',
  'sigmoid',
  'tanh',
  'flatten',
  'globalAvgPool',
  'add',
];

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

/** Shape of what one layer makes of inputs of these shapes. Throws RangeError naming the layer that cannot work on them. */
export function outputShape(layer: LayerSpec, inputs: readonly SampleShape[]): SampleShape {
  const input = inputs[0]!;
  const numInputs = layer.kind === 'add' ? 2 : 1;
  if (inputs.length !== numInputs)
    throw new RangeError(
      `layer "${layer.name}" (${layer.kind}) must read ${numInputs} layer${numInputs > 1 ? 's' : ''}, got ${inputs.length}`,
    );
  switch (layer.kind) {
    case 'dense':
      expectRank(layer, input, 1, 'put a flatten layer before it');
      expectCount(layer, 'units', layer.units);
      return [layer.units];
    case 'conv2d': {
      expectImage(layer, input);
      expectCount(layer, 'filters', layer.filters);
      expectCount(layer, 'kernel height', layer.kernel[0]);
      expectCount(layer, 'kernel width', layer.kernel[1]);
      if (layer.stride !== 1 && layer.stride !== 2)
        throw new RangeError(`layer "${layer.name}": stride must be 1 or 2, got ${String(layer.stride)}`);
      const groups = layer.groups ?? 1;
      expectCount(layer, 'groups', groups);
      if (input[2]! % groups !== 0 || layer.filters % groups !== 0)
        throw new RangeError(
          `layer "${layer.name}": groups must divide its ${input[2]} input channels and its ${layer.filters} filters, got ${groups}`,
        );
      const height = convExtent(input[0]!, layer.kernel[0], layer.stride, layer.padding).output;
      const width = convExtent(input[1]!, layer.kernel[1], layer.stride, layer.padding).output;
      return expectSize(layer, input, [height, width, layer.filters]);
    }
    case 'maxPool2d':
    case 'avgPool2d': {
      expectImage(layer, input);
      const [size, stride] = [pairOf(layer.size), pairOf(layer.stride)];
      for (const extent of size) expectCount(layer, 'size', extent);
      for (const extent of stride) expectCount(layer, 'stride', extent);
      if (layer.kind === 'maxPool2d' && size[0] * size[1] > MAX_WINDOW)
        throw new RangeError(
          `layer "${layer.name}": a window must have at most ${MAX_WINDOW} pixels, got ${size[0]} x ${size[1]}`,
        );
      const [height, width] = [0, 1].map(
        (axis) => Math.floor((input[axis]! - size[axis]!) / stride[axis]!) + 1,
      );
      return expectSize(layer, input, [height!, width!, input[2]!]);
    }
    case 'globalAvgPool':
      expectImage(layer, input);
      return [input[2]!];
    case 'groupNorm':
      expectCount(layer, 'groups', layer.groups);
      if (input.at(-1)! % layer.groups !== 0)
        throw new RangeError(
          `layer "${layer.name}": groups must divide its ${input.at(-1)} channels, got ${layer.groups}`,
        );
      if (!(layer.epsilon > 0))
        throw new RangeError(`layer "${layer.name}": epsilon must be > 0, got ${layer.epsilon}`);
      return input;
    case 'dropout':
      if (!(layer.rate >= 0 && layer.rate < 1))
        throw new RangeError(`layer "${layer.name}": rate must be in [0, 1), got ${layer.rate}`);
      return input;
    case 'add':
      if (input.join() !== inputs[1]!.join())
        throw new RangeError(
          `layer "${layer.name}" (add): its inputs must have one shape, got [${input.join(', ')}] and [${inputs[1]!.join(', ')}]`,
        );
      return input;
    case 'relu':
    case 'relu6':
    case 'sigmoid':
    case 'tanh':
      return input;
    case 'flatten':
      return [sizeOf(input)];
    default:
      return unknownLayer(layer);
  }
}

/** Height and width of a pooling window or step. */
export function pairOf(extent: number | readonly [number, number]): readonly [number, number] {
  return typeof extent === 'number' ? [extent, extent] : extent;
}

function unknownLayer(layer: never): never {
  const { kind, name } = layer as { kind: unknown; name: unknown };
  throw new RangeError(
    `layer "${String(name)}": kind must be one of ${KINDS.join(', ')}, got "${String(kind)}"`,
  );
}

function expectImage(layer: LayerSpec, input: SampleShape): void {
  expectRank(layer, input, 3, 'its input must be [height, width, channels]');
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
  const isOutput = last?.kind === 'dense' || last?.kind === 'flatten' || last?.kind === 'globalAvgPool';
  if (!isOutput)
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
    const add = (role: ParameterSpec['role'], shape: readonly number[]) =>
      parameters.push({ name: `${layer.name}.${role}`, layer: layer.name, role, shape, size: sizeOf(shape) });
    if (layer.kind === 'dense') {
      add('weight', [channels, layer.units]);
      add('bias', [layer.units]);
    } else if (layer.kind === 'conv2d') {
      add('weight', [...layer.kernel, channels / (layer.groups ?? 1), layer.filters]);
      add('bias', [layer.filters]);
    } else if (layer.kind === 'groupNorm') {
      add('scale', [channels]);
      add('shift', [channels]);
    }
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
