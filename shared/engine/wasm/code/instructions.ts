// WebAssembly instructions as expressions: each is a value type and the bytes that leave it on the stack.
// Knows nothing of functions, modules or kernels. Opcodes: WebAssembly 2.0, SIMD (prefix 0xfd), relaxed SIMD.

export type ValueType = 'i32' | 'f32' | 'f64' | 'v128';

/** Bytes in the order in which they stand, the parts of an instruction as they come: nothing is copied until it is written. */
export type Code = readonly (number | Code)[];

export interface Expression {
  readonly type: ValueType;
  readonly code: Code;
}

/** A number stands for a constant of the type that the instruction expects. */
export type Operand = Expression | number;

/** Unsigned LEB128. */
export function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? low | 0x80 : low);
  } while (rest > 0);
  return bytes;
}

/** Signed LEB128 of a 32-bit integer. */
function signed(value: number): number[] {
  const bytes: number[] = [];
  let rest = value | 0;
  for (;;) {
    const low = rest & 0x7f;
    rest >>= 7;
    if ((rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0)) {
      bytes.push(low);
      return bytes;
    }
    bytes.push(low | 0x80);
  }
}

const SCRATCH = new DataView(new ArrayBuffer(8));

function floatBytes(value: number, width: 4 | 8): number[] {
  if (width === 4) SCRATCH.setFloat32(0, value, true);
  else SCRATCH.setFloat64(0, value, true);
  return Array.from({ length: width }, (_, i) => SCRATCH.getUint8(i));
}

function constant(type: ValueType, value: number): Expression {
  switch (type) {
    case 'i32':
      return { type, code: [0x41, signed(value)] };
    case 'f32':
      return { type, code: [0x43, floatBytes(value, 4)] };
    case 'f64':
      return { type, code: [0x44, floatBytes(value, 8)] };
    case 'v128':
      throw new Error('internal: a v128 constant must say its lanes');
    default:
      throw new Error(`internal: value type ${String(type satisfies never)}`);
  }
}

function codeOf(operand: Operand, type: ValueType): Code {
  return typeof operand === 'number' ? constant(type, operand).code : operand.code;
}

function unary(opcode: Code, from: ValueType, to: ValueType) {
  return (a: Operand): Expression => ({ type: to, code: [codeOf(a, from), opcode] });
}

function binary(opcode: Code, from: ValueType, to: ValueType) {
  return (a: Operand, b: Operand): Expression => ({
    type: to,
    code: [codeOf(a, from), codeOf(b, from), opcode],
  });
}

function ternary(opcode: Code, type: ValueType) {
  return (a: Operand, b: Operand, c: Operand): Expression => ({
    type,
    code: [codeOf(a, type), codeOf(b, type), codeOf(c, type), opcode],
  });
}

/** Alignment hint (log2 of bytes, never above the natural one) and constant offset in bytes. */
function memoryArgument(alignment: number, offset: number): Code {
  return [alignment, unsigned(offset)];
}

function load(opcode: Code, type: ValueType, alignment: number) {
  return (address: Operand, offset = 0): Expression => ({
    type,
    code: [codeOf(address, 'i32'), opcode, memoryArgument(alignment, offset)],
  });
}

/** The bytes of a store: they leave nothing on the stack. */
function store(opcode: Code, type: ValueType, alignment: number) {
  return (address: Operand, offset: number, value: Operand): Code => [
    codeOf(address, 'i32'),
    codeOf(value, type),
    opcode,
    memoryArgument(alignment, offset),
  ];
}

function simd(opcode: number): Code {
  return [0xfd, unsigned(opcode)];
}

export const i32 = {
  const: (value: number) => constant('i32', value),
  add: (a: Operand, b: Operand): Expression => {
    if (b === 0) return typeof a === 'number' ? constant('i32', a) : a;
    return binary([0x6a], 'i32', 'i32')(a, b);
  },
  sub: binary([0x6b], 'i32', 'i32'),
  mul: binary([0x6c], 'i32', 'i32'),
  and: binary([0x71], 'i32', 'i32'),
  or: binary([0x72], 'i32', 'i32'),
  xor: binary([0x73], 'i32', 'i32'),
  shl: binary([0x74], 'i32', 'i32'),
  shrS: binary([0x75], 'i32', 'i32'),
  shrU: binary([0x76], 'i32', 'i32'),
  eqz: unary([0x45], 'i32', 'i32'),
  eq: binary([0x46], 'i32', 'i32'),
  ne: binary([0x47], 'i32', 'i32'),
  ltS: binary([0x48], 'i32', 'i32'),
  geS: binary([0x4e], 'i32', 'i32'),
  load: load([0x28], 'i32', 2),
  load8: load([0x2d], 'i32', 0),
  load8Signed: load([0x2c], 'i32', 0),
  load16Signed: load([0x2e], 'i32', 1),
  store8: store([0x3a], 'i32', 0),
  reinterpret: unary([0xbc], 'f32', 'i32'),
  /** Never traps: what is not a number becomes 0. */
  truncate: unary([0xfc, 0x00], 'f32', 'i32'),
};

export const f32 = {
  const: (value: number) => constant('f32', value),
  add: binary([0x92], 'f32', 'f32'),
  sub: binary([0x93], 'f32', 'f32'),
  mul: binary([0x94], 'f32', 'f32'),
  div: binary([0x95], 'f32', 'f32'),
  min: binary([0x96], 'f32', 'f32'),
  max: binary([0x97], 'f32', 'f32'),
  abs: unary([0x8b], 'f32', 'f32'),
  neg: unary([0x8c], 'f32', 'f32'),
  sqrt: unary([0x91], 'f32', 'f32'),
  nearest: unary([0x90], 'f32', 'f32'),
  gt: binary([0x5e], 'f32', 'i32'),
  le: binary([0x5f], 'f32', 'i32'),
  lt: binary([0x5d], 'f32', 'i32'),
  load: load([0x2a], 'f32', 2),
  store: store([0x38], 'f32', 2),
  reinterpret: unary([0xbe], 'i32', 'f32'),
  fromI32: unary([0xb2], 'i32', 'f32'),
};

export const f64 = {
  add: binary([0xa0], 'f64', 'f64'),
  sub: binary([0xa1], 'f64', 'f64'),
  mul: binary([0xa2], 'f64', 'f64'),
  fromF32: unary([0xbb], 'f32', 'f64'),
  fromI32: unary([0xb7], 'i32', 'f64'),
  load: load([0x2b], 'f64', 3),
  store: store([0x39], 'f64', 3),
};

function laneLoad(opcode: Code, alignment: number) {
  return (address: Operand, offset: number, into: Expression, lane: number): Expression => ({
    type: 'v128',
    code: [codeOf(address, 'i32'), into.code, opcode, memoryArgument(alignment, offset), lane],
  });
}

function laneStore(opcode: Code, alignment: number) {
  return (address: Operand, offset: number, value: Expression, lane: number): Code => [
    codeOf(address, 'i32'),
    value.code,
    opcode,
    memoryArgument(alignment, offset),
    lane,
  ];
}

export const v128 = {
  load: load(simd(0x00), 'v128', 2),
  load32Splat: load(simd(0x09), 'v128', 2),
  load32Zero: load(simd(0x5c), 'v128', 2),
  load64Zero: load(simd(0x5d), 'v128', 2),
  load32Lane: laneLoad(simd(0x56), 2),
  load64Lane: laneLoad(simd(0x57), 2),
  load16Lane: laneLoad(simd(0x55), 1),
  load8Lane: laneLoad(simd(0x54), 0),
  /** Four 16-bit integers, each sign-extended to a lane. */
  load16x4Signed: load(simd(0x03), 'v128', 1),
  store: store(simd(0x0b), 'v128', 2),
  store64Lane: laneStore(simd(0x5b), 2),
  store32Lane: laneStore(simd(0x5a), 0),
  store8Lane: laneStore(simd(0x58), 0),
  /** Byte i of the result is byte `lanes[i]` of the 32 bytes of a and b. */
  shuffle: (a: Expression, b: Expression, lanes: readonly number[]): Expression => ({
    type: 'v128',
    code: [a.code, b.code, simd(0x0d), lanes],
  }),
  and: binary(simd(0x4e), 'v128', 'v128'),
  xor: binary(simd(0x51), 'v128', 'v128'),
};

export const i32x4 = {
  const: (a: number, b: number, c: number, d: number): Expression => ({
    type: 'v128',
    code: [simd(0x0c), ...new Uint8Array(new Int32Array([a, b, c, d]).buffer)],
  }),
  splat: unary(simd(0x11), 'i32', 'v128'),
  eq: binary(simd(0x37), 'v128', 'v128'),
  add: binary(simd(0xae), 'v128', 'v128'),
  mul: binary(simd(0xb5), 'v128', 'v128'),
  /** Signed. */
  max: binary(simd(0xb8), 'v128', 'v128'),
  shl: (a: Expression, bits: number): Expression => ({
    type: 'v128',
    code: [a.code, constant('i32', bits).code, simd(0xab)],
  }),
  shrU: (a: Expression, bits: number): Expression => ({
    type: 'v128',
    code: [a.code, constant('i32', bits).code, simd(0xad)],
  }),
  bitmask: unary(simd(0xa4), 'v128', 'i32'),
  truncate: unary(simd(0xf8), 'v128', 'v128'),
  /** The four low bytes, each zero-extended to a lane. */
  extendLowBytes: (a: Expression): Expression => ({
    type: 'v128',
    code: [a.code, simd(0x89), simd(0xa9)],
  }),
  extendLowSignedBytes: (a: Expression): Expression => ({
    type: 'v128',
    code: [a.code, simd(0x87), simd(0xa7)],
  }),
  extendLowSignedHalves: unary(simd(0xa7), 'v128', 'v128'),
};

export const f32x4 = {
  const: (lanes: readonly number[]): Expression => ({
    type: 'v128',
    code: [simd(0x0c), lanes.map((lane) => floatBytes(lane, 4))],
  }),
  splat: unary(simd(0x13), 'f32', 'v128'),
  extractLane: (a: Expression, lane: number): Expression => ({
    type: 'f32',
    code: [a.code, simd(0x1f), lane],
  }),
  add: binary(simd(0xe4), 'v128', 'v128'),
  sub: binary(simd(0xe5), 'v128', 'v128'),
  mul: binary(simd(0xe6), 'v128', 'v128'),
  div: binary(simd(0xe7), 'v128', 'v128'),
  /** Of signed lanes. */
  fromI32x4: unary(simd(0xfa), 'v128', 'v128'),
  /** b < a ? b : a in each lane. */
  pmin: binary(simd(0xea), 'v128', 'v128'),
  /** a < b ? b : a in each lane; one instruction on x86-64, and a NaN in a stays. */
  pmax: binary(simd(0xeb), 'v128', 'v128'),
  nearest: unary(simd(0x6a), 'v128', 'v128'),
  sqrt: unary(simd(0xe3), 'v128', 'v128'),
  gt: binary(simd(0x44), 'v128', 'v128'),
  le: binary(simd(0x45), 'v128', 'v128'),
  /** a * b + c and c - a * b, rounded once or twice as the machine likes. */
  relaxedMadd: ternary(simd(0x105), 'v128'),
  relaxedNmadd: ternary(simd(0x106), 'v128'),
};

/** `whenTrue` where the i32 condition is not zero. */
export function select(condition: Expression, whenTrue: Expression, whenFalse: Expression): Expression {
  return {
    type: whenTrue.type,
    code: [whenTrue.code, whenFalse.code, condition.code, 0x1b],
  };
}

/** The bytes of `memory.fill` with zeroes. */
export function fillZero(address: Operand, numBytes: Operand): Code {
  return [codeOf(address, 'i32'), codeOf(0, 'i32'), codeOf(numBytes, 'i32'), 0xfc, 0x0b, 0x00];
}

/** The bytes of `memory.copy`; the two may overlap. */
export function copyBytes(to: Operand, from: Operand, numBytes: Operand): Code {
  return [codeOf(to, 'i32'), codeOf(from, 'i32'), codeOf(numBytes, 'i32'), 0xfc, 0x0a, 0x00, 0x00];
}

/** The result of calling function `index` of the module. Where that has no result, only the code is of use. */
export function call(index: number, operands: readonly Expression[], type: ValueType): Expression {
  return { type, code: [operands.map(({ code }) => code), 0x10, unsigned(index)] };
}
