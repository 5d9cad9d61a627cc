// How kernels read a weight, in whichever precision the arena holds it. Only what is frozen is other than float32, so
// nothing here writes.

import { matrixOf, tensorOf, wordOf, type KernelPlan } from './kernel.ts';

export interface Weight {
  /** Place of element 0, counted in elements from the arena's start. */
  readonly start: number;
  /**
   * WGSL functions `weight(place)`: an element without the scale of its output; `scaled(value, output)`: the value
   * times that scale, which is 1 but for int8.
   */
  readonly functions: string;
}

export function weightOf(plan: KernelPlan, id: number): Weight {
  const { elementType, name } = tensorOf(plan, id);
  const word = wordOf(plan, id);
  switch (elementType) {
    case 'float32':
      return { start: word, functions: weightFunctions('load(place)', 'value') };
    case 'float16':
      return {
        start: word * 2,
        functions: weightFunctions('unpack2x16float(arena[place / 2u] >> (16u * (place % 2u))).x', 'value'),
      };
    case 'int8':
      return {
        start: (word + matrixOf(plan, id).outputs) * 4,
        functions: weightFunctions(
          'f32(extractBits(bitcast<i32>(arena[place / 4u]), 8u * (place % 4u), 8u))',
          `value * load(${word}u + output)`,
        ),
      };
    default:
      throw new Error(`internal: weight ${name} is of type ${elementType}`);
  }
}

function weightFunctions(element: string, scaled: string): string {
  return `fn weight(place: u32) -> f32 { return ${element}; }
fn scaled(value: f32, output: u32) -> f32 { return ${scaled}; }
`;
}
