// Activations and their derivatives by plain arithmetic.

import type { ActivationFunction } from '../activations/activation.ts';

/** The activation of a value. */
export function activate(name: ActivationFunction | null, x: number): number {
  switch (name) {
    case null:
      return x;
    case 'relu':
      return Math.max(x, 0);
    case 'relu6':
      return Math.min(Math.max(x, 0), 6);
    case 'sigmoid':
      return 1 / (1 + Math.exp(-x));
    case 'tanh':
      return Math.tanh(x);
  }
}

/** Derivative of the activation, told from its output. */
export function slope(name: ActivationFunction, y: number): number {
  switch (name) {
    case 'relu':
      return y > 0 ? 1 : 0;
    case 'relu6':
      return y > 0 && y < 6 ? 1 : 0;
    case 'sigmoid':
      return y * (1 - y);
    case 'tanh':
      return 1 - y * y;
  }
}
