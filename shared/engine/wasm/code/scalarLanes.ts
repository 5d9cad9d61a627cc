// A single lane, for machines without SIMD: fetched where a page finds itself on one.

import type { Precision } from '../../tensors.ts';
import { f32, i32, select } from './instructions.ts';
import { FLOAT16_BITS, FLOAT16_SCALE, FLOAT16_SHIFT, type Lanes } from './lanes.ts';

function scalarLoader(precision: Precision): Lanes['load'] {
  switch (precision) {
    case 'float32':
      return f32.load;
    case 'float16':
      return (address, offset) => {
        const bits = i32.and(i32.shl(i32.load16Signed(address, offset), FLOAT16_SHIFT), FLOAT16_BITS);
        return f32.mul(f32.reinterpret(bits), FLOAT16_SCALE);
      };
    case 'int8':
      return (address, offset) => f32.fromI32(i32.load8Signed(address, offset));
    default:
      throw new Error(`internal: precision ${String(precision satisfies never)}`);
  }
}

export const SCALAR_LANES: Lanes = {
  variant: 'scalar',
  width: 1,
  vector: 'f32',
  index: 'i32',
  mask: 'i32',
  constant: (value) => f32.const(value),
  partial: (value) => f32.const(value),
  splat: (value) => value,
  load: (address, offset) => f32.load(address, offset),
  loadSplat: (address, offset) => f32.load(address, offset),
  loader: (_, precision) => scalarLoader(precision),
  store: (address, offset, value) => f32.store(address, offset, value),
  extract: (value) => value,
  add: f32.add,
  sub: f32.sub,
  mul: f32.mul,
  div: f32.div,
  min: (a, b) => select(f32.lt(b, a), b, a),
  max: (a, b) => select(f32.lt(a, b), b, a),
  nearest: f32.nearest,
  sqrt: f32.sqrt,
  madd: (a, b, c) => f32.add(c, f32.mul(a, b)),
  nmadd: (a, b, c) => f32.sub(c, f32.mul(a, b)),
  powerOfTwo: (exponent) => f32.reinterpret(i32.shl(i32.add(i32.truncate(exponent), 127), 23)),
  greater: f32.gt,
  atMost: f32.le,
  keep: (mask, value) => select(mask, value, f32.const(0)),
  both: i32.and,
  maskBits: (mask) => mask,
  maskFromBits: (bits) => i32.and(bits, 1),
  indexConstant: (value) => i32.const(value),
  indexSplat: (value) => value,
  indexRamp: (first) => first,
  indexMul: i32.mul,
  indexXor: i32.xor,
  indexShiftRight: i32.shrU,
  indexToFloat: f32.fromI32,
  indexEquals: i32.eq,
  indexRaise: (index, mask, value) => select(mask, i32.const(value), index),
  indexLoad: (address, offset) => i32.load8(address, offset),
  indexStore: (address, offset, value) => i32.store8(address, offset, value),
};
