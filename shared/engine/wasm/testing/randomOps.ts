// One random op of each kind in an arena of random shapes: odd sizes, borders, gaps, partial micro-batches.

import type { Random } from '../../../random.ts';
import type { ActivationFunction } from '../../activations/activationFunction.ts';
import { ACTIVATIONS } from '../../activations/activations.ts';
import { COMMON_ACTIVATIONS } from '../../activations/commonActivations.ts';
import type { ConvGeometry } from '../../ops/conv2d/geometry.ts';
import type { Op } from '../../ops/ops.ts';
import { lengthOf, type Range } from '../../range.ts';
import type { ArenaTensor, ElementType, Layout, Matrix } from '../../tensors.ts';
import { weightBytes } from '../../weightCodec.ts';

/** Index in the batch of the micro-batch's first sample: some images hold the whole batch. */
export const FIRST_SAMPLE = 5;
const GUARD_BYTES = 64;
const ELEMENT_BYTES = { float32: 4, uint8: 1, float64: 8 };
const PRECISIONS = ['float32', 'float32', 'float16', 'int8'] as const;

/** Random tensors with guard bytes between them, and what the op will be run with. */
export class RandomArena {
  readonly tensors: ArenaTensor[] = [];
  readonly random: Random;
  readonly capacity: number;
  readonly count: number;
  #end = 0;

  constructor(random: Random) {
    this.random = random;
    this.capacity = 1 + random.integer(7);
    this.count = 1 + random.integer(this.capacity);
  }

  get bytes(): number {
    return this.#end;
  }

  flat(
    size: number,
    elementType: keyof typeof ELEMENT_BYTES = 'float32',
    layout: Layout | null = null,
    matrix: Matrix | null = null,
    perBatch = false,
  ): number {
    return this.#add(size, size * ELEMENT_BYTES[elementType], elementType, layout, matrix, perBatch);
  }

  #add(
    size: number,
    bytes: number,
    elementType: ElementType,
    layout: Layout | null,
    matrix: Matrix | null,
    perBatch: boolean,
  ): number {
    const id = this.tensors.length;
    const offset = this.#end;
    this.tensors.push({
      id,
      name: `tensor${id}`,
      role: 'activation',
      elementType,
      matrix,
      layout,
      perBatch,
      size,
      bytes,
      offset,
    });
    this.#end = Math.ceil((offset + bytes) / 16) * 16 + GUARD_BYTES;
    return id;
  }

  image(layout: Layout): number {
    const perBatch = this.random.integer(4) === 0;
    const samples = this.capacity + (perBatch ? FIRST_SAMPLE : 0);
    return this.flat(samples * sampleSize(layout), 'float32', layout, null, perBatch);
  }

  features(size: number): number {
    return this.image(compact(1, 1, size));
  }

  weight(matrix: Matrix): number {
    return this.flat(matrix.positions * matrix.inputs * matrix.outputs, 'float32', null, matrix);
  }

  /** A weight that no op writes, in any precision that it may be frozen in. */
  frozenWeight(matrix: Matrix, canBeEncoded = true): number {
    const precision = canBeEncoded ? this.pick(PRECISIONS) : 'float32';
    const size = matrix.positions * matrix.inputs * matrix.outputs;
    return this.#add(size, weightBytes(matrix, precision), precision, null, matrix, false);
  }

  pick<T>(items: readonly T[]): T {
    return items[this.random.integer(items.length)]!;
  }

  chance(): boolean {
    return this.random.integer(2) === 0;
  }

  upTo(most: number): number {
    return 1 + this.random.integer(most);
  }
}

/** Elements of one sample, the border included. */
export function sampleSize({ rows, columns, channels }: Layout): number {
  return rows * columns * channels;
}

function compact(height: number, width: number, channels: number): Layout {
  return { height, width, channels, rows: height, columns: width, top: 0, left: 0, step: 1 };
}

/** Height x width somewhere inside a larger buffer, perhaps with gaps between the elements. */
function anywhere(
  arena: RandomArena,
  height: number,
  width: number,
  channels: number,
  canStep: boolean,
): Layout {
  const step = canStep && arena.chance() ? 2 : 1;
  const [top, left] = [arena.random.integer(3), arena.random.integer(3)];
  return {
    ...compact(height, width, channels),
    rows: top + (height - 1) * step + 1 + arena.random.integer(3),
    columns: left + (width - 1) * step + 1 + arena.random.integer(3),
    top,
    left,
    step,
  };
}

/** A convolution of one of the forms that have kernels of their own: plain, pointwise, depthwise, grouped. */
function randomGeometry(arena: RandomArena, form = arena.random.integer(4)): ConvGeometry {
  const [kernelHeight, kernelWidth] = form === 1 ? [1, 1] : [arena.upTo(4), arena.upTo(5)];
  const groups = form === 0 || form === 1 ? 1 : form === 2 ? arena.upTo(11) : arena.upTo(4);
  const perGroup = form === 2 ? 1 : arena.upTo(9);
  return {
    kernelHeight,
    kernelWidth,
    stride: form === 1 || arena.chance() ? 1 : 2,
    padTop: arena.random.integer(kernelHeight),
    padLeft: arena.random.integer(kernelWidth),
    inputChannels: groups * perGroup,
    filters: groups * (form === 2 ? 1 : arena.upTo(groups > 1 ? 11 : 19)),
    groups,
  };
}

function matrixOf({ kernelHeight, kernelWidth, inputChannels, filters, groups }: ConvGeometry): Matrix {
  return { positions: kernelHeight * kernelWidth, inputs: inputChannels / groups, outputs: filters };
}

/** An image that a convolution with `height` x `width` outputs reads, its border as wide as the padding or wider. */
function convInput(
  arena: RandomArena,
  { kernelHeight, kernelWidth, stride, padTop, padLeft, inputChannels }: ConvGeometry,
  height: number,
  width: number,
): Layout {
  const isTight = arena.chance();
  const spare = () => (isTight ? 0 : arena.random.integer(3));
  const [top, left] = [padTop + spare(), padLeft + spare()];
  const [bottom, right] = [arena.random.integer(2), arena.random.integer(2)];
  const rows = top - padTop + (height - 1) * stride + kernelHeight + spare();
  const columns = left - padLeft + (width - 1) * stride + kernelWidth + spare();
  return {
    ...compact(
      isTight ? rows - top : Math.max(1, rows - top - bottom),
      isTight ? columns - left : Math.max(1, columns - left - right),
      inputChannels,
    ),
    rows: Math.max(rows, top + 1),
    columns: Math.max(columns, left + 1),
    top,
    left,
  };
}

/** The output gradient as the input gradient reads it: padded, and zero-stuffed at stride 2. */
function convGradient(
  arena: RandomArena,
  { kernelHeight, kernelWidth, stride, padTop, padLeft, filters }: ConvGeometry,
  height: number,
  width: number,
): Layout {
  const [top, left] = [kernelHeight - 1 - padTop, kernelWidth - 1 - padLeft];
  const [rows, columns] = [height + kernelHeight - 1, width + kernelWidth - 1];
  const most = (extent: number, before: number) => Math.max(1, Math.ceil((extent - before) / stride));
  return {
    ...compact(
      Math.max(1, most(rows, top) - arena.random.integer(2)),
      Math.max(1, most(columns, left) - arena.random.integer(2)),
      filters,
    ),
    rows: Math.max(rows, top + 1),
    columns: Math.max(columns, left + 1),
    top,
    left,
    step: stride,
  };
}

function randomRange(arena: RandomArena, extent: number): Range {
  if (arena.chance()) return [0, extent];
  const from = arena.random.integer(extent);
  return [from, from + arena.upTo(extent - from)];
}

/** A gradient target for some slice of a weight. */
function randomTarget(arena: RandomArena, matrix: Matrix) {
  const slice = {
    inputs: randomRange(arena, matrix.inputs),
    outputs: randomRange(arena, matrix.outputs),
  };
  const size = matrix.positions * lengthOf(slice.inputs) * lengthOf(slice.outputs);
  return arena.chance()
    ? ({ kind: 'sgd', weight: arena.weight(matrix), ...slice } as const)
    : ({ kind: 'accumulate', accumulator: arena.flat(size), ...slice } as const);
}

/** A weight, a slice of it, and one tensor or two that are packed like the slice. */
function randomUpdate(arena: RandomArena, hasBase = arena.chance()) {
  const matrix = { positions: arena.upTo(4), inputs: arena.upTo(6), outputs: arena.upTo(20) };
  const [inputs, outputs] = [randomRange(arena, matrix.inputs), randomRange(arena, matrix.outputs)];
  const size = matrix.positions * lengthOf(inputs) * lengthOf(outputs);
  return {
    weight: arena.weight(matrix),
    inputs,
    outputs,
    accumulator: arena.flat(size),
    base: hasBase ? arena.flat(size) : null,
  };
}

function randomPool(arena: RandomArena) {
  const [height, width, channels] = [arena.upTo(4), arena.upTo(4), arena.upTo(37)];
  const size = [arena.upTo(3), arena.upTo(3)] as const;
  const stride = [arena.upTo(3), arena.upTo(3)] as const;
  const unpooled = [(height - 1) * stride[0] + size[0], (width - 1) * stride[1] + size[1]] as const;
  return { height, width, channels, geometry: { size, stride }, unpooled };
}

/** A shape with groups of channels. */
function randomGroups(arena: RandomArena) {
  const groups = arena.upTo(4);
  return { groups, shape: [arena.upTo(4), arena.upTo(4), groups * arena.upTo(13)] as const };
}

const ACTIVATION_NAMES = Object.keys(ACTIVATIONS) as readonly ActivationFunction[];
const RAMPS = Object.keys(COMMON_ACTIVATIONS) as readonly (keyof typeof COMMON_ACTIVATIONS)[];

/** By name, a random op over new tensors of the arena. */
export const RANDOM_OPS: Readonly<Record<string, (arena: RandomArena) => Op>> = {
  'clear border': (arena) => ({
    kind: 'clear',
    x: arena.image(anywhere(arena, arena.upTo(5), arena.upTo(5), arena.upTo(9), false)),
    what: 'border',
  }),
  'clear all': (arena) => ({
    kind: 'clear',
    x: arena.image(anywhere(arena, arena.upTo(5), arena.upTo(5), arena.upTo(9), true)),
    what: 'all',
  }),
  conv2d: (arena) => {
    const geometry = randomGeometry(arena);
    const [height, width] = [arena.upTo(5), arena.upTo(9)];
    const pool = geometry.groups === 1 && arena.chance();
    return {
      kind: 'conv2d',
      x: arena.image(convInput(arena, geometry, pool ? 2 * height : height, pool ? 2 * width : width)),
      weight: arena.frozenWeight(matrixOf(geometry), geometry.groups === 1),
      bias: arena.flat(geometry.filters),
      y: arena.image(
        arena.chance()
          ? compact(height, width, geometry.filters)
          : anywhere(arena, height, width, geometry.filters, false),
      ),
      geometry,
      activation: arena.pick([null, ...(pool ? RAMPS : ACTIVATION_NAMES)]),
      pool: pool
        ? {
            argmax: arena.chance()
              ? arena.flat(arena.capacity * height * width * geometry.filters, 'uint8')
              : null,
          }
        : null,
    };
  },
  'conv2d over several blocks of rows': (arena) => {
    const geometry = { ...randomGeometry(arena, 1), padTop: 0, padLeft: 0 };
    const [inputChannels, filters] = [500 + arena.upTo(9), arena.upTo(5)];
    const size = [9, 7 + arena.upTo(4)] as const;
    return {
      kind: 'conv2d',
      x: arena.image(compact(...size, inputChannels)),
      weight: arena.frozenWeight(matrixOf({ ...geometry, inputChannels, filters })),
      bias: arena.flat(filters),
      y: arena.image(compact(...size, filters)),
      geometry: { ...geometry, inputChannels, filters },
      activation: null,
      pool: null,
    };
  },
  'depthwise conv2d over several blocks of rows': (arena) => {
    const height = 6 + arena.upTo(7);
    const geometry: ConvGeometry = {
      kernelHeight: 3,
      kernelWidth: 3,
      stride: arena.chance() ? 1 : 2,
      padTop: 1,
      padLeft: 1,
      inputChannels: 22,
      filters: 22,
      groups: 22,
    };
    return {
      kind: 'conv2d',
      x: arena.image(convInput(arena, geometry, height, 21)),
      weight: arena.frozenWeight(matrixOf(geometry), geometry.groups === 1),
      bias: arena.flat(22),
      y: arena.image(compact(height, 21, 22)),
      geometry,
      activation: 'relu6',
      pool: null,
    };
  },
  expandDepthwise: (arena) => {
    const filters = 1 + arena.upTo(20);
    const stride = arena.pick([1, 2] as const);
    const [kernelHeight, kernelWidth] = [stride - 1 + arena.upTo(3), arena.upTo(4)];
    const [padTop, padLeft] = [arena.random.integer(kernelHeight), arena.random.integer(kernelWidth)];
    const depthwise: ConvGeometry = {
      kernelHeight,
      kernelWidth,
      stride,
      padTop,
      padLeft,
      inputChannels: filters,
      filters,
      groups: filters,
    };
    const expand = { ...randomGeometry(arena, arena.pick([0, 1])), filters };
    const [height, width] = [arena.upTo(7), arena.upTo(6)];
    const padBottom = arena.random.integer(kernelHeight);
    const expandedHeight = Math.max(1, (height - 1) * stride + kernelHeight - padTop - padBottom);
    const columns = Math.max((width - 1) * stride + kernelWidth, padLeft + 1);
    const expandedWidth = arena.upTo(columns - padLeft);
    const numRows = (arena.upTo(height) - 1) * stride + kernelHeight;
    const rows = { ...compact(numRows, expandedWidth, filters), columns, left: padLeft };
    const step = (geometry: ConvGeometry) => ({
      weight: arena.frozenWeight(matrixOf(geometry), geometry.groups === 1),
      bias: arena.flat(filters),
      geometry,
      activation: arena.pick([null, ...ACTIVATION_NAMES]),
    });
    return {
      kind: 'expandDepthwise',
      x: arena.image(convInput(arena, expand, expandedHeight, expandedWidth)),
      expand: step(expand),
      depthwise: step(depthwise),
      y: arena.image(anywhere(arena, height, width, filters, false)),
      rows: arena.flat(sampleSize(rows), 'float32', rows),
      expandedHeight,
    };
  },
  maxPool2d: (arena) => {
    const { height, width, channels, geometry, unpooled } = randomPool(arena);
    return {
      kind: 'maxPool2d',
      x: arena.image(anywhere(arena, ...unpooled, channels, false)),
      y: arena.image(anywhere(arena, height, width, channels, false)),
      geometry,
      argmax: arena.chance() ? arena.flat(arena.capacity * height * width * channels, 'uint8') : null,
      activation: arena.pick([null, 'relu', 'relu6']),
    };
  },
  avgPool2d: (arena) => {
    const { height, width, channels, geometry, unpooled } = randomPool(arena);
    return {
      kind: 'avgPool2d',
      x: arena.image(anywhere(arena, ...unpooled, channels, false)),
      y: arena.image(anywhere(arena, height, width, channels, false)),
      geometry,
    };
  },
  dense: (arena) => {
    const [inputs, units] = [arena.upTo(40), arena.upTo(21)];
    return {
      kind: 'dense',
      x: arena.features(inputs),
      weight: arena.frozenWeight({ positions: 1, inputs, outputs: units }),
      bias: arena.flat(units),
      y: arena.features(units),
      activation: arena.pick([null, ...ACTIVATION_NAMES]),
    };
  },
  activation: (arena) => ({
    kind: 'activation',
    x: arena.image(anywhere(arena, arena.upTo(5), arena.upTo(5), arena.upTo(9), true)),
    function: arena.pick(ACTIVATION_NAMES),
  }),
  copy: (arena) => {
    const shape = [arena.upTo(5), arena.upTo(5), arena.upTo(9)] as const;
    return {
      kind: 'copy',
      x: arena.image(anywhere(arena, ...shape, true)),
      y: arena.image(anywhere(arena, ...shape, true)),
    };
  },
  add: (arena) => {
    const shape = [arena.upTo(5), arena.upTo(5), arena.upTo(9)] as const;
    return {
      kind: 'add',
      x: arena.image(anywhere(arena, ...shape, true)),
      y: arena.image(anywhere(arena, ...shape, true)),
    };
  },
  groupNorm: (arena) => {
    const { groups, shape } = randomGroups(arena);
    return {
      kind: 'groupNorm',
      x: arena.image(anywhere(arena, ...shape, false)),
      y: arena.image(anywhere(arena, ...shape, false)),
      scale: arena.flat(shape[2]),
      shift: arena.flat(shape[2]),
      stats: arena.chance() ? arena.flat(arena.capacity * groups * 2) : null,
      groups,
      epsilon: 0.01,
    };
  },
  dropout: (arena) => ({
    kind: 'dropout',
    x: arena.image(anywhere(arena, arena.upTo(5), arena.upTo(5), arena.upTo(9), true)),
    rate: arena.pick([0, 0.1, 0.5, 0.9]),
    layerSeed: arena.random.integer(100),
  }),
  packMask: (arena) => {
    const layout = compact(arena.upTo(5), arena.upTo(5), arena.upTo(9));
    return {
      kind: 'packMask',
      x: arena.image(layout),
      mask: arena.flat(Math.ceil((arena.capacity * sampleSize(layout)) / 8), 'uint8'),
      function: arena.pick(['relu', 'relu6']),
    };
  },
  softmaxCrossEntropy: (arena) => ({
    kind: 'softmaxCrossEntropy',
    logits: arena.features(1 + arena.upTo(15)),
    labels: arena.flat(arena.capacity, 'uint8'),
    metrics: arena.flat(2, 'float64'),
    gradient: arena.chance(),
  }),
  binaryCrossEntropy: (arena) => {
    const outputs = arena.upTo(15);
    return {
      kind: 'binaryCrossEntropy',
      logits: arena.features(outputs),
      targets: arena.flat(arena.capacity * outputs),
      metrics: arena.flat(2, 'float64'),
      gradient: arena.chance(),
    };
  },
  meanSquaredError: (arena) => {
    const outputs = arena.upTo(40);
    return {
      kind: 'meanSquaredError',
      logits: arena.features(outputs),
      targets: arena.flat(arena.capacity * outputs),
      metrics: arena.flat(2, 'float64'),
      gradient: arena.chance(),
    };
  },
  softmax: (arena) => ({ kind: 'softmax', logits: arena.features(arena.upTo(15)) }),
  'activationGrad by value': (arena) => {
    const shape = [arena.upTo(5), arena.upTo(5), arena.upTo(9)] as const;
    return {
      kind: 'activationGrad',
      dy: arena.image(anywhere(arena, ...shape, true)),
      source: arena.image(anywhere(arena, ...shape, false)),
      function: arena.pick(ACTIVATION_NAMES),
      form: 'value',
    };
  },
  'activationGrad by bits': (arena) => {
    const layout = compact(arena.upTo(5), arena.upTo(5), arena.upTo(9));
    return {
      kind: 'activationGrad',
      dy: arena.image(layout),
      source: arena.flat(Math.ceil((arena.capacity * sampleSize(layout)) / 8), 'uint8'),
      function: arena.pick(['relu', 'relu6']),
      form: 'bits',
    };
  },
  maxPool2dGrad: (arena) => {
    const { height, width, channels, geometry, unpooled } = randomPool(arena);
    return {
      kind: 'maxPool2dGrad',
      dy: arena.image(anywhere(arena, height, width, channels, false)),
      argmax: arena.flat(arena.capacity * height * width * channels, 'uint8'),
      dx: arena.image(anywhere(arena, ...unpooled, channels, true)),
      geometry,
    };
  },
  avgPool2dGrad: (arena) => {
    const { height, width, channels, geometry, unpooled } = randomPool(arena);
    return {
      kind: 'avgPool2dGrad',
      dy: arena.image(anywhere(arena, height, width, channels, false)),
      dx: arena.image(anywhere(arena, ...unpooled, channels, true)),
      geometry,
    };
  },
  conv2dInputGrad: (arena) => {
    const geometry = randomGeometry(arena);
    const [height, width] = [arena.upTo(6), arena.upTo(6)];
    return {
      kind: 'conv2dInputGrad',
      dy: arena.image(convGradient(arena, geometry, height, width)),
      weight: arena.frozenWeight(matrixOf(geometry), geometry.groups === 1),
      dx: arena.image(
        arena.chance()
          ? compact(height, width, geometry.inputChannels)
          : anywhere(arena, height, width, geometry.inputChannels, true),
      ),
      geometry,
      accumulate: arena.chance(),
    };
  },
  conv2dWeightGrad: (arena) => {
    const geometry = randomGeometry(arena);
    const [height, width] = [arena.upTo(6), arena.upTo(6)];
    return {
      kind: 'conv2dWeightGrad',
      x: arena.image(convInput(arena, geometry, height, width)),
      dy: arena.image(
        arena.chance()
          ? compact(height, width, geometry.filters)
          : anywhere(arena, height, width, geometry.filters, true),
      ),
      target: randomTarget(arena, matrixOf(geometry)),
      geometry,
    };
  },
  'conv2dWeightGrad over several blocks of rows': (arena) => {
    const [kernelHeight, kernelWidth] = arena.chance() ? [2, 2] : [1, 1];
    const geometry: ConvGeometry = {
      kernelHeight,
      kernelWidth,
      stride: 1,
      padTop: 0,
      padLeft: 0,
      inputChannels: 4,
      filters: 20,
      groups: 1,
    };
    const height = 6 + arena.upTo(9);
    return {
      kind: 'conv2dWeightGrad',
      x: arena.image(compact(height + kernelHeight - 1, 39 + kernelWidth, 4)),
      dy: arena.image(compact(height, 40, 20)),
      target: randomTarget(arena, matrixOf(geometry)),
      geometry,
    };
  },
  biasGrad: (arena) => {
    const channels = arena.upTo(40);
    return {
      kind: 'biasGrad',
      dy: arena.image(anywhere(arena, arena.upTo(5), arena.upTo(5), channels, true)),
      target: randomTarget(arena, { positions: 1, inputs: 1, outputs: channels }),
    };
  },
  denseInputGrad: (arena) => {
    const [inputs, units] = [arena.upTo(40), arena.upTo(21)];
    return {
      kind: 'denseInputGrad',
      dy: arena.features(units),
      weight: arena.frozenWeight({ positions: 1, inputs, outputs: units }),
      dx: arena.features(inputs),
    };
  },
  denseWeightGrad: (arena) => {
    const [inputs, units] = [arena.upTo(40), arena.upTo(21)];
    return {
      kind: 'denseWeightGrad',
      x: arena.features(inputs),
      dy: arena.features(units),
      target: randomTarget(arena, { positions: 1, inputs, outputs: units }),
    };
  },
  groupNormParameterGrad: (arena) => {
    const { groups, shape } = randomGroups(arena);
    const matrix = { positions: 1, inputs: 1, outputs: shape[2] };
    return {
      kind: 'groupNormParameterGrad',
      x: arena.image(anywhere(arena, ...shape, false)),
      dy: arena.image(anywhere(arena, ...shape, true)),
      stats: arena.flat(arena.capacity * groups * 2),
      scaleTarget: arena.chance() ? randomTarget(arena, matrix) : null,
      shiftTarget: arena.chance() ? randomTarget(arena, matrix) : null,
      groups,
    };
  },
  groupNormInputGrad: (arena) => {
    const { groups, shape } = randomGroups(arena);
    return {
      kind: 'groupNormInputGrad',
      x: arena.image(anywhere(arena, ...shape, false)),
      dy: arena.image(anywhere(arena, ...shape, true)),
      stats: arena.flat(arena.capacity * groups * 2),
      scale: arena.flat(shape[2]),
      groups,
    };
  },
  applyAccumulator: (arena) => ({ kind: 'applyAccumulator', ...randomUpdate(arena) }),
  applyMomentum: (arena) => ({ kind: 'applyMomentum', ...randomUpdate(arena) }),
  decayWeight: (arena) => ({
    kind: 'decayWeight',
    ...randomUpdate(arena),
    decay: 0.1,
    proximal: 0.3,
    perMicroBatch: arena.chance(),
  }),
  scaleMomentum: (arena) => ({
    kind: 'scaleMomentum',
    ...randomUpdate(arena),
    momentum: 0.9,
    decay: 0.1,
    proximal: 0.3,
  }),
};
