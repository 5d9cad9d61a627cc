// The four activation functions and their derivatives by their own output, as WGSL.

import type { ActivationFunction } from '../../activations/activation.ts';

const FORWARD: Readonly<Record<ActivationFunction, string>> = {
  relu: 'max(v, 0.0)',
  relu6: 'clamp(v, 0.0, 6.0)',
  sigmoid: '1.0 / (1.0 + exp(-v))',
  // tanh() of large arguments is infinity / infinity in places.
  tanh: 'tanh(clamp(v, -15.0, 15.0))',
};

const SLOPE: Readonly<Record<ActivationFunction, string>> = {
  relu: 'select(0.0, 1.0, v > 0.0)',
  relu6: 'select(0.0, 1.0, v > 0.0 && v < 6.0)',
  sigmoid: 'v * (1.0 - v)',
  tanh: '1.0 - v * v',
};

/** WGSL function `NAME(v)`; the identity for null. */
export function activateFunction(activation: ActivationFunction | null, name = 'activate'): string {
  return `fn ${name}(v: f32) -> f32 { return ${activation ? FORWARD[activation] : 'v'}; }\n`;
}

/** WGSL function `slope(v)`: derivative of the activation where its output is `v`; 1 for null. */
export function slopeFunction(activation: ActivationFunction | null): string {
  return `fn slope(v: f32) -> f32 { return ${activation ? SLOPE[activation] : '1.0'}; }\n`;
}
