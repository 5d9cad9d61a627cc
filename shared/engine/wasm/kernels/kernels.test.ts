// Every kernel in every variant against the plain loops of the reference, on one random arena for both: what an op
// must not touch is compared too.
import { setFlagsFromString } from 'node:v8';
import { describe, expect, it } from 'vitest';
import { createRandom, mixSeed, type Random } from '../../../random.ts';
import type { ArenaTensor, ElementType, Layout, Op } from '../../plan.ts';
import { runReferenceOp } from '../../reference/referenceOps.ts';
import { canRun } from '../detectVariant.ts';
import { emitModule } from '../emitModule.ts';
import type { Variant } from '../lanes.ts';

// Node 20 has relaxed SIMD behind a flag.
setFlagsFromString('--experimental-wasm-relaxed-simd');

const NUM_SHAPES = 60;
const GUARD_BYTES = 64;
const ELEMENT_BYTES: Record<ElementType, number> = { float32: 4, uint8: 1, float64: 8 };

/** Random tensors with guard bytes between them, and what the op will be run with. */
class Arena {
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

function sampleSize({ rows, columns, channels }: Layout): number {
  return rows * columns * channels;
}

function compact(height: number, width: number, channels: number): Layout {
  return { height, width, channels, rows: height, columns: width, top: 0, left: 0, step: 1 };
}

/** Height x width somewhere inside a larger buffer, perhaps with gaps between the elements. */
function anywhere(arena: Arena, height: number, width: number, channels: number, canStep: boolean): Layout {
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

function randomGeometry(arena: Arena) {
  return {
    kernelHeight: arena.upTo(4),
    kernelWidth: arena.upTo(5),
    stride: arena.chance() ? (1 as const) : (2 as const),
    inputChannels: arena.upTo(9),
    filters: arena.upTo(19),
  };
}

/** The gradient target of a weight of that size. */
function randomTarget(arena: Arena, size: number) {
  return arena.chance()
    ? ({ kind: 'sgd', weight: arena.flat(size) } as const)
    : ({ kind: 'accumulate', accumulator: arena.flat(size) } as const);
}

const RANDOM_OPS: Record<string, (arena: Arena) => Op> = {
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

/** Random content: whole numbers of classes or window positions in uint8 tensors, normal deviates elsewhere. */
function fill(arena: Arena, op: Op, buffer: ArrayBuffer): void {
  const { random } = arena;
  const floats = new Float32Array(buffer);
  for (let i = 0; i < floats.length; i++) floats[i] = random.normal();
  for (const { elementType, offset, size } of arena.tensors) {
    if (elementType === 'uint8') {
      const values = new Uint8Array(buffer, offset, size);
      for (let i = 0; i < size; i++) {
        switch (op.kind) {
          case 'softmaxCrossEntropy':
            values[i] = random.integer(arena.tensors[op.logits]!.layout!.channels);
            break;
          case 'maxPool2dGrad': {
            const position = random.integer(op.size * op.size + 1);
            values[i] = position === op.size * op.size ? 255 : position;
            break;
          }
          default:
            values[i] = random.integer(256);
        }
      }
    }
    if (elementType === 'float64') new Float64Array(buffer, offset, size).set([3.5, 2]);
  }
  // The scatter's contract: what it scatters into was cleared before.
  if (op.kind === 'maxPool2dGrad')
    new Float32Array(buffer, arena.tensors[op.dx]!.offset, arena.tensors[op.dx]!.size).fill(0);
}

/** Tensors of which the reference also writes samples beyond `count`: only what belongs to the samples is compared. */
function comparedElements(arena: Arena, op: Op, { id, size, layout }: ArenaTensor): number {
  if (op.kind === 'clear' && op.x === id) return arena.count * sampleSize(layout!);
  return size;
}

function compareArenas(arena: Arena, op: Op, wasm: ArrayBuffer, before: ArrayBuffer, what: string): void {
  const memory = {
    tensors: arena.tensors,
    floats: Float64Array.from(new Float32Array(before)),
    bytes: new Uint8Array(before.slice(0)),
  };
  for (const { elementType, offset, size } of arena.tensors)
    if (elementType === 'float64')
      new Float64Array(before, offset, size).forEach((value, i) => {
        memory.floats[offset / 4 + 2 * i] = value;
      });
  runReferenceOp(memory, op, { count: arena.count, scale: 0.125, learningRate: 0.1 });

  const touched = new Uint8Array(wasm.byteLength);
  for (const tensor of arena.tensors) {
    const { elementType, offset, size, bytes } = tensor;
    touched.fill(1, offset, offset + bytes);
    const compared = comparedElements(arena, op, tensor);
    for (let i = 0; i < compared; i++) {
      const where = `${what}: ${tensor.name}[${i}] of ${size}`;
      if (elementType === 'uint8') {
        expectByte(arena, op, tensor, i, new Uint8Array(wasm)[offset + i]!, memory.bytes[offset + i]!, where);
      } else {
        const value =
          elementType === 'float32'
            ? new Float32Array(wasm, offset)[i]!
            : new Float64Array(wasm, offset, size)[i]!;
        const expected = memory.floats[offset / 4 + (elementType === 'float32' ? i : 2 * i)]!;
        if (!(Math.abs(value - expected) <= 2e-5 * (1 + Math.abs(expected))))
          expect(value, where).toBe(expected);
      }
    }
  }
  const untouched = (bytes: Uint8Array) => bytes.filter((_, i) => touched[i] === 0);
  expect(untouched(new Uint8Array(wasm)), `${what}: bytes between the tensors`).toEqual(
    untouched(new Uint8Array(before)),
  );
}

function expectByte(
  arena: Arena,
  op: Op,
  tensor: ArenaTensor,
  index: number,
  value: number,
  expected: number,
  where: string,
): void {
  if (op.kind !== 'packMask' || op.mask !== tensor.id) {
    if (value !== expected) expect(value, where).toBe(expected);
    return;
  }
  const bits = Math.min(8, arena.count * sampleSize(arena.tensors[op.x]!.layout!) - index * 8);
  if (bits <= 0) return;
  const mask = 2 ** bits - 1;
  if ((value & mask) !== (expected & mask)) expect(value & mask, where).toBe(expected & mask);
}

function runKernel(arena: Arena, op: Op, variant: Variant, before: ArrayBuffer): ArrayBuffer {
  const pages = Math.ceil(arena.bytes / 65536);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  new Uint8Array(memory.buffer).set(new Uint8Array(before));
  const programs = { train: [op], apply: [], evaluate: [], predict: [] };
  const module = new WebAssembly.Module(emitModule({ programs, tensors: arena.tensors, pages }, variant));
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  (exports['train'] as (count: number, scale: number, learningRate: number) => void)(arena.count, 0.125, 0.1);
  return memory.buffer.slice(0, arena.bytes);
}

for (const variant of ['scalar', 'simd', 'relaxed'] as const) {
  const reason = canRun(variant) ? '' : " (this machine's WebAssembly lacks it)";
  describe.skipIf(reason !== '')(`${variant} kernels${reason}`, () => {
    for (const [name, randomOp] of Object.entries(RANDOM_OPS)) {
      it(`${name} does what the plain loops do and touches nothing else`, () => {
        for (let seed = 1; seed <= NUM_SHAPES; seed++) {
          const arena = new Arena(createRandom(mixSeed(seed, 11)));
          const op = randomOp(arena);
          const before = new ArrayBuffer(arena.bytes);
          fill(arena, op, before);
          const shapes = arena.tensors.map(
            ({ name, size, layout }) => `${name} ${JSON.stringify(layout ?? size)}`,
          );
          const what = `seed ${seed}, ${arena.count} of ${arena.capacity} samples, ${JSON.stringify(op)}, ${shapes.join(', ')}`;
          compareArenas(arena, op, runKernel(arena, op, variant, before), before, what);
        }
      });
    }
  });
}
