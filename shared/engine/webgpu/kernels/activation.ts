// Activation functions and their derivatives by their own output, as WGSL.

import type { ActivationFunction } from '../../activations/activationFunction.ts';
import { ACTIVATIONS } from '../../activations/activations.ts';

/** WGSL function `NAME(v)`; the identity for null. */
export function activateFunction(activation: ActivationFunction | null, name = 'activate'): string {
  return `fn ${name}(v: f32) -> f32 { return ${activation ? ACTIVATIONS[activation].wgsl.value : 'v'}; }\n`;
}

/** WGSL function `slope(v)`: derivative of the activation where its output is `v`; 1 for null. */
export function slopeFunction(activation: ActivationFunction | null): string {
  return `fn slope(v: f32) -> f32 { return ${activation ? ACTIVATIONS[activation].wgsl.slope : '1.0'}; }\n`;
}
