import { describe, expect, it } from 'vitest';
import { FunctionBody, ModuleBuilder } from './assembler.ts';
import { call, f64, i32 } from './instructions.ts';
import { logFunction } from '../kernels/exponential.ts';

type Run = (...values: number[]) => number;

function exported(module: ModuleBuilder, imports: WebAssembly.Imports = {}): Run {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(module.toBytes()), imports);
  return instance.exports['run'] as Run;
}

function singleFunction(body: FunctionBody): Run {
  const module = new ModuleBuilder(null);
  module.add(body, 'run');
  return exported(module);
}

const UNARY = { parameters: ['i32'], results: ['i32'] } as const;

describe('assembler', () => {
  it('encodes constants of every length', () => {
    for (const value of [0, 1, -1, 63, 64, -64, -65, 8191, 8192, -8193, 2 ** 31 - 1, -(2 ** 31)]) {
      const f = new FunctionBody({ parameters: [], results: ['i32'] });
      f.emit(i32.const(value).code);
      expect(singleFunction(f)()).toBe(value);
    }
  });

  it('repeats a body a constant and a computed number of times', () => {
    for (const times of [0, 1, 2, 7]) {
      const f = new FunctionBody(UNARY);
      const sum = f.local('i32', 0);
      f.repeat(times, () => f.repeat(f.parameters[0]!, () => f.advance(sum, 3)));
      f.emit(sum.code);
      expect(singleFunction(f)(5)).toBe(times * 15);
    }
  });

  it('takes steps off a counter while they fit', () => {
    const f = new FunctionBody(UNARY);
    const turns = f.local('i32', 0);
    f.whileAtLeast(f.parameters[0]!, 4, () => f.advance(turns, 1));
    f.emit(i32.add(i32.mul(turns, 10), f.parameters[0]!).code);
    const run = singleFunction(f);
    expect([0, 3, 4, 11].map((left) => run(left))).toEqual([0, 3, 10, 23]);
  });

  it('gives the locals of a scope to the next one and keeps those outside', () => {
    const f = new FunctionBody(UNARY);
    const outside = f.local('i32', 1);
    const indices: number[] = [];
    for (const value of [10, 100])
      f.scope(() => {
        const inside = f.local('i32', value);
        indices.push(inside.index);
        f.set(outside, i32.add(outside, inside));
      });
    f.emit(outside.code);
    expect(indices[0]).toBe(indices[1]);
    expect(singleFunction(f)(0)).toBe(111);
  });

  it('imports a memory of a fixed size and calls functions', () => {
    const module = new ModuleBuilder(2);
    const double = new FunctionBody({ parameters: ['f64'], results: ['f64'] });
    double.emit(f64.add(double.parameters[0]!, double.parameters[0]!).code);
    const index = module.add(double);
    const f = new FunctionBody({ parameters: [], results: ['f64'] });
    f.emit(call(index, [f64.load(0, 65536)], 'f64').code);
    module.add(f, 'run');
    const memory = new WebAssembly.Memory({ initial: 2, maximum: 2 });
    new Float64Array(memory.buffer)[8192] = 21;
    expect(exported(module, { env: { memory } })()).toBe(42);
    const larger = new WebAssembly.Memory({ initial: 2, maximum: 3 });
    expect(() => exported(module, { env: { memory: larger } })).toThrow(WebAssembly.LinkError);
  });
});

describe('log', () => {
  it('is within two units in the last place over its range', () => {
    const log = singleFunction(logFunction());
    for (const x of [1, 1.0001, 0.7, 0.71, 2, 9.99, 1e-30, 1e30, 123456]) {
      const single = Math.fround(x);
      expect(Math.abs(log(single) - Math.log(single))).toBeLessThanOrEqual(
        2 ** -22 * Math.max(Math.abs(Math.log(single)), 2 ** -13),
      );
    }
  });
});
