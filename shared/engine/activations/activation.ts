// What an activation is to the ops that have one: in plain arithmetic, in WebAssembly and in WGSL.

import type { FunctionBody, Local } from '../wasm/code/assembler.ts';
import type { Expression } from '../wasm/code/instructions.ts';
import type { Lanes } from '../wasm/code/lanes.ts';

/** What an activation is written into: handed in, so that the files of rare ones reach nothing that is fetched first. */
export interface Registers {
  readonly f: FunctionBody;
  readonly lanes: Lanes;
  /** Replaces a vector of values up to 88 by exp of them. */
  exp(vector: Local): void;
}

export interface Activation {
  /** What it makes of x. */
  value(x: number): number;
  /** Its derivative where its value is y: inputs are not kept. */
  slope(y: number): number;
  /** Replaces each vector by its value. */
  emit(registers: Registers, vectors: readonly Local[]): void;
  /** `gradient` times the slope where the value is `vector`. */
  chain(lanes: Lanes, gradient: Expression, vector: Local): Expression;
  /** Value of `v`, and slope where the value is `v`, as WGSL. */
  readonly wgsl: { readonly value: string; readonly slope: string };
}
