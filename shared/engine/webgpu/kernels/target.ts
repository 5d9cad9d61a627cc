// Where the gradient of a slice of a weight goes, and where a slice lies.

import { isPacked, targetTensor, type GradientTarget } from '../../ops/gradientTarget.ts';
import { lengthOf, type Range } from '../../range.ts';
import { matrixOf, wordOf, type KernelPlan } from './kernel.ts';

/**
 * WGSL function `NAME(row, column)`: word of an element of the slice of a weight; rows run through positions and then
 * the slice's inputs, columns through its outputs.
 */
export function sliceAddress(
  plan: KernelPlan,
  name: string,
  weight: number,
  inputs: Range,
  outputs: Range,
): string {
  const whole = matrixOf(plan, weight);
  const numInputs = lengthOf(inputs);
  const first = wordOf(plan, weight) + outputs[0];
  const row =
    numInputs === whole.inputs
      ? 'row'
      : `((row / ${numInputs}u) * ${whole.inputs}u + ${inputs[0]}u + row % ${numInputs}u)`;
  return `fn ${name}(row: u32, column: u32) -> u32 { return ${first}u + ${row} * ${whole.outputs}u + column; }\n`;
}

/**
 * WGSL functions `descend_word(row, column)`: where an element of the slice takes its gradient; `descend_at(word, gradient)`;
 * and both in one, `descend(row, column, gradient)`.
 */
export function descendFunction(plan: KernelPlan, target: GradientTarget, name = 'descend'): string {
  const both = `fn ${name}(row: u32, column: u32, gradient: f32) { ${name}_at(${name}_word(row, column), gradient); }\n`;
  const place =
    target.kind === 'sgd' && !isPacked(target)
      ? sliceAddress(plan, `${name}_word`, target.weight, target.inputs, target.outputs)
      : `fn ${name}_word(row: u32, column: u32) -> u32 {
  return ${wordOf(plan, targetTensor(target))}u + row * ${lengthOf(target.outputs)}u + column;
}
`;
  const change = target.kind === 'sgd' ? '- args.learning_rate * gradient' : '+ gradient';
  return `${place}fn ${name}_at(word: u32, gradient: f32) { store(word, load(word) ${change}); }
${both}`;
}
