// Random ops of the forward pass and of losses, by name, over new tensors of the arena.

import type { ActivationFunction } from '../../activations/activationFunction.ts';
import { ACTIVATIONS } from '../../activations/activations.ts';
import { COMMON_ACTIVATIONS } from '../../activations/commonActivations.ts';
import type { ConvGeometry } from '../../ops/conv2d/geometry.ts';
import type { Op } from '../../ops/ops.ts';
import { lengthOf } from '../../range.ts';
import { compact, sampleSize, type RandomArena } from './randomArena.ts';
import {
  anywhere,
  randomGeometry,
  matrixOf,
  convInput,
  randomPool,
  randomGroups,
  randomRange,
} from './randomParts.ts';

const ACTIVATION_NAMES = Object.keys(ACTIVATIONS) as readonly ActivationFunction[];
const RAMPS = Object.keys(COMMON_ACTIVATIONS) as readonly (keyof typeof COMMON_ACTIVATIONS)[];

export const RANDOM_FORWARD_OPS: Readonly<Record<string, (arena: RandomArena) => Op>> = {
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
  'conv2d of a slice held apart': (arena) => {
    const geometry = randomGeometry(arena, arena.random.integer(2));
    const [height, width, pool] = [arena.upTo(5), arena.upTo(9), arena.chance()];
    const outputs = randomRange(arena, geometry.filters);
    const size = arena.capacity * height * width * geometry.filters;
    return {
      kind: 'conv2d',
      x: arena.image(convInput(arena, geometry, pool ? 2 * height : height, pool ? 2 * width : width)),
      weight: arena.weight({ ...matrixOf(geometry), outputs: lengthOf(outputs) }),
      bias: arena.flat(geometry.filters),
      y: arena.image(
        arena.chance()
          ? compact(height, width, geometry.filters)
          : anywhere(arena, height, width, geometry.filters, false),
      ),
      geometry,
      activation: arena.pick([null, ...(pool ? RAMPS : ACTIVATION_NAMES)]),
      pool: pool ? { argmax: arena.chance() ? arena.flat(size, 'uint8') : null } : null,
      outputs,
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
  'dense of a slice held apart': (arena) => {
    const [inputs, units] = [arena.upTo(40), arena.upTo(21)];
    const outputs = randomRange(arena, units);
    return {
      kind: 'dense',
      x: arena.features(inputs),
      weight: arena.weight({ positions: 1, inputs, outputs: lengthOf(outputs) }),
      bias: arena.flat(units),
      y: arena.features(units),
      activation: arena.pick([null, ...ACTIVATION_NAMES]),
      outputs,
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
};
