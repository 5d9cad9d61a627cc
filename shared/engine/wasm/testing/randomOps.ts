// One random op of each kind in an arena of random shapes: odd sizes, borders, gaps, partial micro-batches.

import type { Random } from '../../../random.ts';
import type { ArenaTensor, ElementType, Layout, Op } from '../../plan.ts';

const GUARD_BYTES = 64;
const ELEMENT_BYTES: Record<ElementType, number> = { float32: 4, uint8: 1, float64: 8 };

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

  flat(size: number, elementType: ElementType = 'float32', layout: Layout | null = null): number {
    const id = this.tensors.length;
    const bytes = size * ELEMENT_BYTES[elementType];
    const offset = this.#end;
    this.tensors.push({
      id,
      name: `tensor${id}`,
      role: 'activation',
      elementType,
      layout,
      size,
      bytes,
      offset,
    });
    this.#end = Math.ceil((offset + bytes) / 16) * 16 + GUARD_BYTES;
    return id;
  }

  image(layout: Layout): number {
    return this.flat(this.capacity * sampleSize(layout), 'float32', layout);
  }

  features(size: number): number {
    return this.image(compact(1, 1, size));
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

function randomGeometry(arena: RandomArena) {
  return {
    kernelHeight: arena.upTo(4),
    kernelWidth: arena.upTo(5),
    stride: arena.chance() ? (1 as const) : (2 as const),
    inputChannels: arena.upTo(9),
    filters: arena.upTo(19),
  };
}

/** The gradient target of a weight of that size. */
function randomTarget(arena: RandomArena, size: number) {
  return arena.chance()
    ? ({ kind: 'sgd', weight: arena.flat(size) } as const)
    : ({ kind: 'accumulate', accumulator: arena.flat(size) } as const);
}

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
    const [height, width, pool] = [arena.upTo(5), arena.upTo(9), arena.chance()];
    const [convHeight, convWidth] = pool ? [2 * height, 2 * width] : [height, width];
    return {
      kind: 'conv2d',
      x: arena.image(
        compact(
          (convHeight - 1) * geometry.stride + geometry.kernelHeight + arena.random.integer(2),
          (convWidth - 1) * geometry.stride + geometry.kernelWidth + arena.random.integer(2),
          geometry.inputChannels,
        ),
      ),
      weight: arena.flat(
        geometry.kernelHeight * geometry.kernelWidth * geometry.inputChannels * geometry.filters,
      ),
      bias: arena.flat(geometry.filters),
      y: arena.image(anywhere(arena, height, width, geometry.filters, false)),
      geometry,
      relu: arena.chance(),
      pool: pool
        ? {
            argmax: arena.chance()
              ? arena.flat(arena.capacity * height * width * geometry.filters, 'uint8')
              : null,
          }
        : null,
    };
  },
  maxPool2d: (arena) => {
    const [height, width, channels] = [arena.upTo(4), arena.upTo(4), arena.upTo(11)];
    const [size, stride] = [arena.upTo(3), arena.upTo(3)];
    return {
      kind: 'maxPool2d',
      x: arena.image(
        anywhere(arena, (height - 1) * stride + size, (width - 1) * stride + size, channels, false),
      ),
      y: arena.image(anywhere(arena, height, width, channels, false)),
      size,
      stride,
      argmax: arena.chance() ? arena.flat(arena.capacity * height * width * channels, 'uint8') : null,
      relu: false,
    };
  },
  dense: (arena) => {
    const [inputs, units] = [arena.upTo(40), arena.upTo(21)];
    return {
      kind: 'dense',
      x: arena.features(inputs),
      weight: arena.flat(inputs * units),
      bias: arena.flat(units),
      y: arena.features(units),
      relu: arena.chance(),
    };
  },
  relu: (arena) => ({
    kind: 'relu',
    x: arena.image(anywhere(arena, arena.upTo(5), arena.upTo(5), arena.upTo(9), true)),
  }),
  copy: (arena) => {
    const shape = [arena.upTo(5), arena.upTo(5), arena.upTo(9)] as const;
    return {
      kind: 'copy',
      x: arena.image(anywhere(arena, ...shape, true)),
      y: arena.image(anywhere(arena, ...shape, true)),
    };
  },
  packMask: (arena) => {
    const layout = anywhere(arena, arena.upTo(5), arena.upTo(5), arena.upTo(9), false);
    return {
      kind: 'packMask',
      x: arena.image(layout),
      mask: arena.flat(Math.ceil((arena.capacity * sampleSize(layout)) / 8), 'uint8'),
    };
  },
  softmaxCrossEntropy: (arena) => ({
    kind: 'softmaxCrossEntropy',
    logits: arena.features(1 + arena.upTo(15)),
    labels: arena.flat(arena.capacity, 'uint8'),
    metrics: arena.flat(2, 'float64'),
    gradient: arena.chance(),
  }),
  softmax: (arena) => ({ kind: 'softmax', logits: arena.features(arena.upTo(15)) }),
  'reluGrad by value': (arena) => {
    const shape = [arena.upTo(5), arena.upTo(5), arena.upTo(9)] as const;
    return {
      kind: 'reluGrad',
      dy: arena.image(anywhere(arena, ...shape, true)),
      source: arena.image(anywhere(arena, ...shape, false)),
      form: 'value',
    };
  },
  'reluGrad by bits': (arena) => {
    const layout = compact(arena.upTo(5), arena.upTo(5), arena.upTo(9));
    return {
      kind: 'reluGrad',
      dy: arena.image(layout),
      source: arena.flat(Math.ceil((arena.capacity * sampleSize(layout)) / 8), 'uint8'),
      form: 'bits',
    };
  },
  maxPool2dGrad: (arena) => {
    const [height, width, channels] = [arena.upTo(4), arena.upTo(4), arena.upTo(11)];
    const [size, stride] = [arena.upTo(3), arena.upTo(3)];
    const unpooled = [(height - 1) * stride + size, (width - 1) * stride + size] as const;
    return {
      kind: 'maxPool2dGrad',
      dy: arena.image(anywhere(arena, height, width, channels, false)),
      argmax: arena.flat(arena.capacity * height * width * channels, 'uint8'),
      dx: arena.image(anywhere(arena, ...unpooled, channels, true)),
      size,
      stride,
    };
  },
  conv2dInputGrad: (arena) => {
    const geometry = randomGeometry(arena);
    const [height, width] = [arena.upTo(6), arena.upTo(6)];
    return {
      kind: 'conv2dInputGrad',
      dy: arena.image(
        compact(height + geometry.kernelHeight - 1, width + geometry.kernelWidth - 1, geometry.filters),
      ),
      weight: arena.flat(
        geometry.kernelHeight * geometry.kernelWidth * geometry.inputChannels * geometry.filters,
      ),
      dx: arena.image(anywhere(arena, height, width, geometry.inputChannels, true)),
      geometry,
    };
  },
  conv2dWeightGrad: (arena) => {
    const geometry = randomGeometry(arena);
    const [height, width] = [arena.upTo(6), arena.upTo(6)];
    return {
      kind: 'conv2dWeightGrad',
      x: arena.image(
        compact(
          (height - 1) * geometry.stride + geometry.kernelHeight + arena.random.integer(2),
          (width - 1) * geometry.stride + geometry.kernelWidth + arena.random.integer(2),
          geometry.inputChannels,
        ),
      ),
      dy: arena.image(anywhere(arena, height, width, geometry.filters, true)),
      target: randomTarget(
        arena,
        geometry.kernelHeight * geometry.kernelWidth * geometry.inputChannels * geometry.filters,
      ),
      geometry,
    };
  },
  'conv2dWeightGrad over several blocks of rows': (arena) => {
    const geometry = { kernelHeight: 2, kernelWidth: 2, stride: 1, inputChannels: 4, filters: 20 } as const;
    const height = 6 + arena.upTo(9);
    return {
      kind: 'conv2dWeightGrad',
      x: arena.image(compact(height + 1, 41, 4)),
      dy: arena.image(anywhere(arena, height, 40, 20, false)),
      target: randomTarget(arena, 2 * 2 * 4 * 20),
      geometry,
    };
  },
  biasGrad: (arena) => {
    const channels = arena.upTo(40);
    return {
      kind: 'biasGrad',
      dy: arena.image(anywhere(arena, arena.upTo(5), arena.upTo(5), channels, true)),
      target: randomTarget(arena, channels),
    };
  },
  denseInputGrad: (arena) => {
    const [inputs, units] = [arena.upTo(40), arena.upTo(21)];
    return {
      kind: 'denseInputGrad',
      dy: arena.features(units),
      weight: arena.flat(inputs * units),
      dx: arena.features(inputs),
    };
  },
  denseWeightGrad: (arena) => {
    const [inputs, units] = [arena.upTo(40), arena.upTo(21)];
    return {
      kind: 'denseWeightGrad',
      x: arena.features(inputs),
      dy: arena.features(units),
      target: randomTarget(arena, inputs * units),
    };
  },
  applyAccumulator: (arena) => {
    const size = arena.upTo(70);
    return { kind: 'applyAccumulator', accumulator: arena.flat(size), weight: arena.flat(size) };
  },
};
