// The most multiply-adds a core can do: a WebAssembly loop that stays in registers.

import { FunctionBody, ModuleBuilder } from '../../../shared/engine/wasm/code/assembler.ts';
import { lanesOf } from '../../../shared/engine/wasm/code/lanesOf.ts';
import type { Variant } from '../../../shared/engine/wasm/code/lanes.ts';

/** Enough independent chains to hide the latency, few enough for 16 registers. */
const CHAINS = 12;
const ROUNDS = 4;
const TURNS = 500_000;

/** Returns a function that runs the loop once and gives its GFLOP/s. */
export function createMultiplyAddPeak(variant: Variant): () => number {
  const lanes = lanesOf(variant);
  const module = new ModuleBuilder(null);
  const f = new FunctionBody({ parameters: ['i32'], results: ['f32'] });
  const factor = f.local(lanes.vector, lanes.constant(0.5));
  const sums = Array.from({ length: CHAINS }, (_, chain) => f.local(lanes.vector, lanes.constant(chain)));
  f.repeat(f.parameters[0]!, () => {
    for (let round = 0; round < ROUNDS; round++)
      for (const sum of sums) f.set(sum, lanes.madd(sum, factor, factor));
  });
  const total = sums.reduce((left, right) => {
    f.set(left, lanes.add(left, right));
    return left;
  });
  f.emit(lanes.extract(total, 0).code);
  module.add(f, 'run');
  const instance = new WebAssembly.Instance(new WebAssembly.Module(module.toBytes()));
  const run = instance.exports['run'] as (turns: number) => number;
  const flops = 2 * lanes.width * CHAINS * ROUNDS * TURNS;
  return () => {
    const from = performance.now();
    run(TURNS);
    return flops / (performance.now() - from) / 1e6;
  };
}
