// Every kernel in every variant against the plain loops of the reference, on one random arena for both: what an op
// must not touch is compared too.
import { setFlagsFromString } from 'node:v8';
import { describe, expect, it } from 'vitest';
import { createRandom, mixSeed } from '../../../random.ts';
import { toFloat16 } from '../../float16.ts';
import type { Op } from '../../ops/ops.ts';
import type { ArenaTensor } from '../../tensors.ts';
import { runReferenceOp } from '../../reference/runReferenceOp.ts';
import { canRun } from '../detectVariant.ts';
import { emitOp } from './emitOp.ts';
import { emitModule } from '../code/emitModule.ts';
import type { ModuleExports } from '../code/emitModule.ts';
import type { Variant } from '../code/lanes.ts';
import { lanesOf } from '../code/lanesOf.ts';
import { FIRST_SAMPLE, RandomArena, sampleSize } from '../testing/randomArena.ts';
import { RANDOM_OPS } from '../testing/randomOps.ts';

// Node 20 has relaxed SIMD behind a flag.
setFlagsFromString('--experimental-wasm-relaxed-simd');

const NUM_SHAPES = 60;
/** Sums of up to some thousand products of normal deviates, in float32. */
const TOLERANCE = 1e-4;
const DYNAMIC = { scale: 0.125, learningRate: 0.1, from: FIRST_SAMPLE, seed: -123456789 };

/** Random content: whole numbers of classes or window positions in uint8 tensors, normal deviates elsewhere. */
function fill(arena: RandomArena, op: Op, buffer: ArrayBuffer): void {
  const { random } = arena;
  const floats = new Float32Array(buffer);
  for (let i = 0; i < floats.length; i++) floats[i] = random.normal();
  for (const { elementType, offset, size, matrix } of arena.tensors) {
    if (elementType === 'uint8') {
      const values = new Uint8Array(buffer, offset, size);
      for (let i = 0; i < size; i++) {
        switch (op.kind) {
          case 'softmaxCrossEntropy':
            values[i] = random.integer(arena.tensors[op.logits]!.layout!.channels);
            break;
          case 'maxPool2dGrad': {
            const pixels = op.geometry.size[0] * op.geometry.size[1];
            const position = random.integer(pixels + 1);
            values[i] = position === pixels ? 255 : position;
            break;
          }
          default:
            values[i] = random.integer(256);
        }
      }
    }
    if (elementType === 'float64') new Float64Array(buffer, offset, size).set([3.5, 2]);
    // Subnormals, too.
    if (elementType === 'float16')
      for (const [i] of new Uint16Array(buffer, offset, size).entries())
        new Uint16Array(buffer, offset, size)[i] = toFloat16(random.normal() * 2 ** -random.integer(25));
    if (elementType === 'int8') {
      const { outputs } = matrix!;
      new Float32Array(buffer, offset, outputs).forEach((_, i, scales) => {
        scales[i] = random.uniform() / 100;
      });
      new Int8Array(buffer, offset + outputs * 4, size).forEach((_, i, levels) => {
        levels[i] = random.integer(255) - 127;
      });
    }
  }
  // The scatter's contract: what it scatters into was cleared before.
  if (op.kind === 'maxPool2dGrad' || op.kind === 'avgPool2dGrad')
    new Float32Array(buffer, arena.tensors[op.dx]!.offset, arena.tensors[op.dx]!.size).fill(0);
  // What is not an element of a zero-stuffed gradient is zero.
  if (op.kind === 'conv2dInputGrad') clearGaps(arena.tensors[op.dy]!, buffer);
}

function clearGaps({ layout, offset, size }: ArenaTensor, buffer: ArrayBuffer): void {
  const { height, width, channels, rows, columns, top, left, step } = layout!;
  const isElement = (at: number, before: number, extent: number) =>
    at >= before && (at - before) % step === 0 && (at - before) / step < extent;
  new Float32Array(buffer, offset, size).forEach((_, index, values) => {
    const pixel = Math.floor(index / channels);
    const row = Math.floor(pixel / columns) % rows;
    if (!isElement(row, top, height) || !isElement(pixel % columns, left, width)) values[index] = 0;
  });
}

/** What is compared of a tensor: not the samples beyond `count`, which the reference also clears, nor scratch rows. */
function comparedElements(arena: RandomArena, op: Op, { id, size, layout }: ArenaTensor): number {
  if (op.kind === 'clear' && op.x === id) return arena.count * sampleSize(layout!);
  if (op.kind === 'expandDepthwise' && op.rows === id) return 0;
  return size;
}

function compareArenas(
  arena: RandomArena,
  op: Op,
  wasm: ArrayBuffer,
  before: ArrayBuffer,
  what: string,
): void {
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
  runReferenceOp(memory, op, { ...DYNAMIC, count: arena.count });

  const touched = new Uint8Array(wasm.byteLength);
  for (const tensor of arena.tensors) {
    const { elementType, offset, size, bytes } = tensor;
    touched.fill(1, offset, offset + bytes);
    if (elementType === 'float16' || elementType === 'int8') {
      expect(wasm.slice(offset, offset + bytes), `${what}: ${tensor.name}`).toEqual(
        before.slice(offset, offset + bytes),
      );
      continue;
    }
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
        if (!(Math.abs(value - expected) <= TOLERANCE * (1 + Math.abs(expected))))
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
  arena: RandomArena,
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

function runKernel(arena: RandomArena, op: Op, variant: Variant, before: ArrayBuffer): ArrayBuffer {
  const pages = Math.ceil(arena.bytes / 65536);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  new Uint8Array(memory.buffer).set(new Uint8Array(before));
  const programs = { begin: [], train: [op], apply: [], evaluate: [], predict: [] };
  const module = new WebAssembly.Module(
    emitModule({ programs, tensors: arena.tensors, pages }, lanesOf(variant), emitOp),
  );
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const { scale, learningRate, from, seed } = DYNAMIC;
  (exports as unknown as ModuleExports).train(arena.count, scale, learningRate, from, seed);
  return memory.buffer.slice(0, arena.bytes);
}

for (const variant of ['scalar', 'simd', 'relaxed'] as const) {
  const reason = canRun(variant) ? '' : " (this machine's WebAssembly lacks it)";
  describe.skipIf(reason !== '')(`${variant} kernels${reason}`, () => {
    for (const [name, randomOp] of Object.entries(RANDOM_OPS)) {
      it(`${name} does what the plain loops do and touches nothing else`, () => {
        for (let seed = 1; seed <= NUM_SHAPES; seed++) {
          const arena = new RandomArena(createRandom(mixSeed(seed, 11)));
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
