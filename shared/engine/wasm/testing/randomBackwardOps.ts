// Random ops of the backward pass and of the optimizer, by name, over new tensors of the arena.

import type { ActivationFunction } from '../../activations/activationFunction.ts';
import { ACTIVATIONS } from '../../activations/activations.ts';
import type { ConvGeometry } from '../../ops/conv2d/geometry.ts';
import type { Op } from '../../ops/ops.ts';
import { lengthOf } from '../../range.ts';
import { compact, sampleSize, type RandomArena } from './randomArena.ts';
import {
  anywhere,
  randomGeometry,
  matrixOf,
  convInput,
  convGradient,
  randomRange,
  randomTarget,
  randomUpdate,
  randomPool,
  randomGroups,
} from './randomParts.ts';

const ACTIVATION_NAMES = Object.keys(ACTIVATIONS) as readonly ActivationFunction[];

export const RANDOM_BACKWARD_OPS: Readonly<Record<string, (arena: RandomArena) => Op>> = {
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
  'conv2dInputGrad of a slice held apart': (arena) => {
    const geometry = randomGeometry(arena, arena.random.integer(2));
    const [height, width] = [arena.upTo(6), arena.upTo(6)];
    const outputs = randomRange(arena, geometry.filters);
    return {
      kind: 'conv2dInputGrad',
      dy: arena.image(convGradient(arena, geometry, height, width)),
      weight: arena.weight({ ...matrixOf(geometry), outputs: lengthOf(outputs) }),
      dx: arena.image(
        arena.chance()
          ? compact(height, width, geometry.inputChannels)
          : anywhere(arena, height, width, geometry.inputChannels, true),
      ),
      geometry,
      accumulate: true,
      outputs,
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
  'denseInputGrad of a slice held apart': (arena) => {
    const [inputs, units] = [arena.upTo(40), arena.upTo(21)];
    const outputs = randomRange(arena, units);
    return {
      kind: 'denseInputGrad',
      dy: arena.features(units),
      weight: arena.weight({ positions: 1, inputs, outputs: lengthOf(outputs) }),
      dx: arena.features(inputs),
      outputs,
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
