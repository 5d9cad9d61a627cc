// Vectors as the kernels see them, so that one kernel text serves three machines: four lanes with fused multiply-add,
// four lanes without, or a single lane (no SIMD at all). Knows nothing of any kernel.

import type { Precision } from '../../tensors.ts';
import type { FunctionBody } from './assembler.ts';
import { f32, f32x4, i32, i32x4, v128 } from './instructions.ts';
import type { Code, Expression, Operand, ValueType } from './instructions.ts';

export type Variant = 'relaxed' | 'simd' | 'scalar';

/**
 * Operations on `width` neighbouring float32 elements. `valid` (1 ... width) says how many of them exist: a partial
 * load reads exactly those (the other lanes are zero) and a partial store writes exactly those.
 * An index vector holds small integers, a mask is the outcome of a comparison.
 */
export interface Lanes {
  readonly variant: Variant;
  readonly width: 1 | 4;
  /** Type of the locals that hold a vector, an index vector and a mask. */
  readonly vector: ValueType;
  readonly index: ValueType;
  readonly mask: ValueType;

  constant(value: number): Expression;
  /** `value` in the first `valid` lanes, zero in the others. */
  partial(value: number, valid: number): Expression;
  splat(value: Expression): Expression;
  load(address: Operand, offset: number, valid: number): Expression;
  loadSplat(address: Operand, offset: number): Expression;
  /** `load` for elements that lie in memory as float32, float16 (finite) or signed bytes. Takes locals for its constants. */
  loader(f: FunctionBody, precision: Precision): Lanes['load'];
  store(address: Operand, offset: number, value: Expression, valid: number): Code;
  /** One lane as f32. */
  extract(value: Expression, lane: number): Expression;

  add(a: Expression, b: Expression): Expression;
  sub(a: Expression, b: Expression): Expression;
  mul(a: Expression, b: Expression): Expression;
  div(a: Expression, b: Expression): Expression;
  /** The smaller, a on a tie; NaN in a stays. */
  min(a: Expression, b: Expression): Expression;
  /** The larger, a on a tie; NaN in a stays. */
  max(a: Expression, b: Expression): Expression;
  nearest(a: Expression): Expression;
  sqrt(a: Expression): Expression;
  /** a * b + c. */
  madd(a: Expression, b: Expression, c: Expression): Expression;
  /** c - a * b. */
  nmadd(a: Expression, b: Expression, c: Expression): Expression;
  /** 2 to the power of an integral vector, -126 ... 127. */
  powerOfTwo(exponent: Expression): Expression;

  greater(a: Expression, b: Expression): Expression;
  atMost(a: Expression, b: Expression): Expression;
  /** The vector where the mask holds, zero elsewhere. */
  keep(mask: Expression, value: Expression): Expression;
  /** Where both masks hold. */
  both(a: Expression, b: Expression): Expression;
  /** One bit a lane, lane 0 lowest. */
  maskBits(mask: Expression): Expression;
  /** From the low `width` bits of an i32. */
  maskFromBits(bits: Expression): Expression;

  indexConstant(value: number): Expression;
  indexSplat(value: Expression): Expression;
  /** `first`, `first + 1`, ... from an i32. */
  indexRamp(first: Expression): Expression;
  /** Modulo 2^32, as is xor. */
  indexMul(a: Expression, b: Expression): Expression;
  indexXor(a: Expression, b: Expression): Expression;
  /** Unsigned. */
  indexShiftRight(index: Expression, bits: number): Expression;
  indexToFloat(index: Expression): Expression;
  indexEquals(a: Expression, b: Expression): Expression;
  /** `value` where the mask holds; it must be larger than anything in the vector. */
  indexRaise(index: Expression, mask: Expression, value: number): Expression;
  /** Index vectors lie in memory as one byte an element. */
  indexLoad(address: Operand, offset: number, valid: number): Expression;
  indexStore(address: Operand, offset: number, value: Expression, valid: number): Code;
}

/** Of a binary16 shifted to where float32 has its fraction: sign, exponent and fraction. */
export const FLOAT16_BITS = 0x8fffe000 | 0;
export const FLOAT16_SHIFT = 13;
/** What the exponent then lacks; the product is exact, of subnormals too, which cost some hundred cycles on x86-64. */
export const FLOAT16_SCALE = 2 ** 112;

function loadVector(address: Operand, offset: number, valid: number): Expression {
  if (valid === 4) return v128.load(address, offset);
  if (valid === 1) return v128.load32Zero(address, offset);
  const pair = v128.load64Zero(address, offset);
  return valid === 2 ? pair : v128.load32Lane(address, offset + 8, pair, 2);
}

function vectorLoader(f: FunctionBody, precision: Precision): Lanes['load'] {
  switch (precision) {
    case 'float32':
      return loadVector;
    case 'float16': {
      const kept = f.local('v128', i32x4.splat(i32.const(FLOAT16_BITS)));
      const scale = f.local('v128', f32x4.splat(f32.const(FLOAT16_SCALE)));
      return (address, offset, valid) => {
        const halves =
          valid === 4
            ? v128.load16x4Signed(address, offset)
            : i32x4.extendLowSignedHalves(loadLanes(v128.load16Lane, 2, address, offset, valid));
        return f32x4.mul(v128.and(i32x4.shl(halves, FLOAT16_SHIFT), kept), scale);
      };
    }
    case 'int8':
      return (address, offset, valid) => {
        const bytes =
          valid === 4
            ? v128.load32Zero(address, offset)
            : loadLanes(v128.load8Lane, 1, address, offset, valid);
        return f32x4.fromI32x4(i32x4.extendLowSignedBytes(bytes));
      };
    default:
      throw new Error(`internal: precision ${String(precision satisfies never)}`);
  }
}

/** The first `valid` lanes of that many bytes, one by one; the others are zero. */
function loadLanes(
  load: (address: Operand, offset: number, into: Expression, lane: number) => Expression,
  bytes: number,
  address: Operand,
  offset: number,
  valid: number,
): Expression {
  let lanes = i32x4.const(0, 0, 0, 0);
  for (let lane = 0; lane < valid; lane++) lanes = load(address, offset + lane * bytes, lanes, lane);
  return lanes;
}

const LOW_BYTES = [0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12];

export function vectorLanes(variant: 'relaxed' | 'simd'): Lanes {
  const fused = variant === 'relaxed';
  return {
    variant,
    width: 4,
    vector: 'v128',
    index: 'v128',
    mask: 'v128',
    constant: (value) => f32x4.splat(f32.const(value)),
    partial: (value, valid) => f32x4.const([0, 1, 2, 3].map((lane) => (lane < valid ? value : 0))),
    splat: (value) => f32x4.splat(value),
    load: loadVector,
    loadSplat: (address, offset) => v128.load32Splat(address, offset),
    loader: vectorLoader,
    store(address, offset, value, valid) {
      if (valid === 4) return v128.store(address, offset, value);
      if (valid === 1) return v128.store32Lane(address, offset, value, 0);
      const pair = v128.store64Lane(address, offset, value, 0);
      return valid === 2 ? pair : [pair, v128.store32Lane(address, offset + 8, value, 2)];
    },
    extract: f32x4.extractLane,
    add: f32x4.add,
    sub: f32x4.sub,
    mul: f32x4.mul,
    div: f32x4.div,
    min: f32x4.pmin,
    max: f32x4.pmax,
    nearest: f32x4.nearest,
    sqrt: f32x4.sqrt,
    madd: (a, b, c) => (fused ? f32x4.relaxedMadd(a, b, c) : f32x4.add(c, f32x4.mul(a, b))),
    nmadd: (a, b, c) => (fused ? f32x4.relaxedNmadd(a, b, c) : f32x4.sub(c, f32x4.mul(a, b))),
    powerOfTwo: (exponent) =>
      i32x4.shl(i32x4.add(i32x4.truncate(exponent), i32x4.const(127, 127, 127, 127)), 23),
    greater: f32x4.gt,
    atMost: f32x4.le,
    keep: v128.and,
    both: v128.and,
    maskBits: i32x4.bitmask,
    maskFromBits(bits) {
      const lanes = i32x4.const(1, 2, 4, 8);
      return i32x4.eq(v128.and(i32x4.splat(bits), lanes), lanes);
    },
    indexConstant: (value) => i32x4.const(value, value, value, value),
    indexSplat: i32x4.splat,
    indexRamp: (first) => i32x4.add(i32x4.splat(first), i32x4.const(0, 1, 2, 3)),
    indexMul: i32x4.mul,
    indexXor: v128.xor,
    indexShiftRight: i32x4.shrU,
    indexToFloat: f32x4.fromI32x4,
    indexEquals: i32x4.eq,
    indexRaise: (index, mask, value) =>
      i32x4.max(index, v128.and(mask, i32x4.const(value, value, value, value))),
    indexLoad(address, offset, valid) {
      if (valid === 4) return i32x4.extendLowBytes(v128.load32Zero(address, offset));
      return i32x4.extendLowBytes(loadLanes(v128.load8Lane, 1, address, offset, valid));
    },
    indexStore(address, offset, value, valid) {
      if (valid === 4) return v128.store32Lane(address, offset, v128.shuffle(value, value, LOW_BYTES), 0);
      return Array.from({ length: valid }, (_, lane) =>
        v128.store8Lane(address, offset + lane, value, lane * 4),
      );
    },
  };
}
