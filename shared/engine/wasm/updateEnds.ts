// What begins and ends an update, as a WebAssembly module over an arena: loops over neighbouring elements of a weight and of
// its base. Knows nothing of plans.

import { FunctionBody, ModuleBuilder, type Local } from './code/assembler.ts';
import { f32 } from './code/instructions.ts';
import type { Expression, ValueType } from './code/instructions.ts';
import { chunksOf } from './kernels/kernel.ts';
import type { Lanes } from './code/lanes.ts';

/** Of a function: neighbouring elements in the arena, as many of either. */
type Ends<Result> = (weight: Float32Array, base: Float32Array) => Result;
/** As in the module: byte offsets of the first elements, and how many there are. */
type ModuleEnds = Record<keyof UpdateEnds, (weight: number, base: number, numElements: number) => number>;

export interface UpdateEnds {
  /** `base = weight; weight += what was in base` */
  readonly takeCarried: Ends<void>;
  /** `base = weight - base` */
  readonly subtract: Ends<void>;
  /** Sum of all `|weight - base|`. */
  readonly distance: Ends<number>;
}

/** Vectors handled by one turn of a loop. */
const VECTORS = 4;

/** An instance over the memory, which has exactly that many pages. */
export function openUpdateEnds(memory: WebAssembly.Memory, pages: number, lanes: Lanes): UpdateEnds {
  const module = new ModuleBuilder(pages);
  module.add(takeCarried(lanes), 'takeCarried');
  module.add(subtract(lanes), 'subtract');
  module.add(distance(lanes), 'distance');
  const compiled = new WebAssembly.Module(module.toBytes());
  const { exports } = new WebAssembly.Instance(compiled, { env: { memory } });
  const ends = exports as unknown as ModuleEnds;
  return {
    takeCarried: (weight, base) => void ends.takeCarried(weight.byteOffset, base.byteOffset, base.length),
    subtract: (weight, base) => void ends.subtract(weight.byteOffset, base.byteOffset, base.length),
    distance: (weight, base) => ends.distance(weight.byteOffset, base.byteOffset, base.length),
  };
}

function takeCarried(lanes: Lanes): FunctionBody {
  const f = bodyOf([]);
  forEachVector(f, lanes, (weight, base, offset, valid) => {
    const old = f.local(lanes.vector, lanes.load(weight, offset, valid));
    const moved = f.local(lanes.vector, lanes.add(old, lanes.load(base, offset, valid)));
    f.emit(lanes.store(base, offset, old, valid));
    f.emit(lanes.store(weight, offset, moved, valid));
  });
  return f;
}

function subtract(lanes: Lanes): FunctionBody {
  const f = bodyOf([]);
  forEachVector(f, lanes, (weight, base, offset, valid) => {
    const moved = f.local(lanes.vector, differenceOf(lanes, weight, base, offset, valid));
    f.emit(lanes.store(base, offset, moved, valid));
  });
  return f;
}

function distance(lanes: Lanes): FunctionBody {
  const f = bodyOf(['f32']);
  const sum = f.local(lanes.vector, lanes.constant(0));
  forEachVector(f, lanes, (weight, base, offset, valid) => {
    const moved = f.local(lanes.vector, differenceOf(lanes, weight, base, offset, valid));
    f.set(sum, lanes.add(sum, lanes.max(moved, lanes.sub(lanes.constant(0), moved))));
  });
  const all = Array.from({ length: lanes.width }, (_, lane) => lanes.extract(sum, lane));
  f.emit(all.reduce((total, lane) => f32.add(total, lane)).code);
  return f;
}

function bodyOf(results: readonly ValueType[]): FunctionBody {
  return new FunctionBody({ parameters: ['i32', 'i32', 'i32'], results });
}

function differenceOf(lanes: Lanes, weight: Local, base: Local, offset: number, valid: number): Expression {
  return lanes.sub(lanes.load(weight, offset, valid), lanes.load(base, offset, valid));
}

/** Calls `body` for the elements that the parameters name, in whole vectors and then one by one. */
function forEachVector(
  f: FunctionBody,
  lanes: Lanes,
  body: (weight: Local, base: Local, offset: number, valid: number) => void,
): void {
  const [weight, base, left] = f.parameters as [Local, Local, Local];
  for (const elements of [VECTORS * lanes.width, 1])
    f.whileAtLeast(left, elements, () => {
      for (const { first, valid } of chunksOf(elements, lanes))
        f.scope(() => body(weight, base, first * 4, valid));
      f.advance(weight, elements * 4);
      f.advance(base, elements * 4);
    });
}
