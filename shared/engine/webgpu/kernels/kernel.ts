// What every WGSL kernel is made of: the arena and its addresses in words, the dynamic arguments, flat loops.
// Knows nothing of any particular op, and nothing of devices or queues.

import type { Op } from '../../ops/ops.ts';
import type { TrainingPlan } from '../../plan.ts';
import type { ArenaTensor, Layout, Matrix } from '../../tensors.ts';

/** One dispatch. All shapes and offsets are constants of the code; only `args` is dynamic. */
export interface Kernel {
  readonly code: string;
  readonly workgroups: (count: number) => readonly [x: number, y: number, z: number];
}

/** The op of that kind. */
export type OpOf<K extends Op['kind']> = Extract<Op, { kind: K }>;

/** What of a plan matters to kernels. */
export type KernelPlan = Pick<TrainingPlan, 'tensors' | 'microBatch'> & {
  /**
   * The adapter computes on the CPU (SwiftShader): there, each load costs as much as many products, idle lanes cost
   * nothing and barriers are dear; so large tiles, and sums never shared out.
   */
  readonly isSoftware: boolean;
};

/** Bytes of the `Args` below. */
export const ARGS_BYTES = 32;

/**
 * What stands before each kernel's code. The arena is bound once, as words: floats are bitcast, bytes are packed four to
 * a word, little end first. Its size is part of the type, so that bounds checks compare with a constant.
 */
export function prelude(arenaWords: number): string {
  return `
@group(0) @binding(0) var<storage, read_write> arena: array<u32, ${arenaWords}>;
struct Args { count: u32, start: u32, seed: u32, unused: u32, scale: f32, learning_rate: f32 }
@group(0) @binding(1) var<uniform> args: Args;
fn load(word: u32) -> f32 { return bitcast<f32>(arena[word]); }
fn store(word: u32, value: f32) { arena[word] = bitcast<u32>(value); }
fn load_byte(word: u32, index: u32) -> u32 { return (arena[word + index / 4u] >> (8u * (index % 4u))) & 255u; }
`;
}

export function kernel(code: string, workgroups: Kernel['workgroups']): Kernel {
  return { code, workgroups };
}

export function tensorOf(plan: KernelPlan, id: number): ArenaTensor {
  const tensor = plan.tensors[id];
  if (!tensor) throw new Error(`internal: an op names no tensor ${id}`);
  return tensor;
}

/** First word of a tensor that is no image. */
export function wordOf(plan: KernelPlan, id: number): number {
  const { offset, perBatch, name } = tensorOf(plan, id);
  if (perBatch) throw new RangeError(`tensor ${name} of a whole batch is not yet on WebGPU`);
  return offset / 4;
}

/** A parameter tensor as a scheme sees it. */
export function matrixOf(plan: KernelPlan, id: number): Matrix {
  const { matrix, name } = tensorOf(plan, id);
  if (!matrix) throw new Error(`internal: tensor ${name} is no parameter`);
  return matrix;
}

/** A float32 tensor with its layout; distances in words. */
export interface Image {
  readonly layout: Layout;
  /** WGSL: word of the buffer's start, and of element (0, 0, 0, 0) of the micro-batch; `more` words on. */
  start(more?: number): string;
  first(more?: number): string;
  readonly sample: number;
  /** From one element row, or pixel, to the next. */
  readonly row: number;
  readonly pixel: number;
  /** From one row of the buffer to the next. */
  readonly bufferRow: number;
  /** Elements of a sample. */
  readonly features: number;
  readonly isCompact: boolean;
}

export function imageOf(plan: KernelPlan, id: number): Image {
  const tensor = tensorOf(plan, id);
  const { layout } = tensor;
  if (layout === null) throw new Error(`internal: tensor ${tensor.name} has no layout`);
  const { height, width, channels, rows, columns, top, left, step } = layout;
  const bufferRow = columns * channels;
  const sample = rows * bufferRow;
  const word = tensor.offset / 4;
  // A tensor of the whole batch holds this micro-batch's samples behind those before.
  const shift = tensor.perBatch ? ` + args.start * ${sample}u` : '';
  return {
    layout,
    start: (more = 0) => `(${word + more}u${shift})`,
    first: (more = 0) => `(${word + top * bufferRow + left * channels + more}u${shift})`,
    sample,
    row: step * bufferRow,
    pixel: step * channels,
    bufferRow,
    features: height * width * channels,
    isCompact: rows === height && columns === width && step === 1,
  };
}

/** WGSL function `NAME(e)`: word of compact element `e` (all samples counted through) in the image. */
export function addressFunction(name: string, image: Image): string {
  if (image.isCompact) return `fn ${name}(e: u32) -> u32 { return ${image.start()} + e; }\n`;
  const { height, width, channels } = image.layout;
  return `fn ${name}(e: u32) -> u32 {
  let c = e % ${channels}u; let pixel = e / ${channels}u;
  let j = pixel % ${width}u; let line = pixel / ${width}u;
  return ${image.first()} + (line / ${height}u) * ${image.sample}u + (line % ${height}u) * ${image.row}u + j * ${image.pixel}u + c;
}
`;
}

/** How many there are of something: as WGSL, and on this side. */
export interface Extent {
  readonly code: string;
  readonly of: (count: number) => number;
  /** Divides it, whatever the count. */
  readonly divisor?: number;
}

export function perSample(size: number): Extent {
  return { code: `(args.count * ${size}u)`, of: (count) => count * size, divisor: size };
}

export function fixed(size: number): Extent {
  return { code: `${size}u`, of: () => size, divisor: size };
}

const LANES = 64;
const MAX_GROUPS = 2048;

/** A kernel that runs `body` (which sees the index `e`) for every e below `total`. */
export function forEach(total: Extent, body: string, declarations = ''): Kernel {
  return kernel(
    `${declarations}
@compute @workgroup_size(${LANES})
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let total = ${total.code};
  for (var e = id.x; e < total; e += groups.x * ${LANES}u) {
${body}
  }
}
`,
    (count) => [Math.min(MAX_GROUPS, Math.ceil(total.of(count) / LANES)), 1, 1],
  );
}

/** The smallest power of two that is not below `value`. */
export function powerOfTwo(value: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, value)));
}
