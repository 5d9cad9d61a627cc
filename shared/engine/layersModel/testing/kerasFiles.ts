// Keras models as JSON, to be read or refused: entries of layers, and weights that are all zero.

import { expect } from 'vitest';
import { sizeOf } from '../../shapes.ts';
import { readLayersModel } from '../readLayersModel.ts';

export type Config = Record<string, unknown>;

/** A layer entry; `reads` make it one of a functional model. */
export function entry(className: string, config: Config = {}, reads?: readonly unknown[]): Config {
  const name = config['name'] ?? className.toLowerCase();
  return {
    class_name: className,
    config: { ...config, name },
    ...(reads ? { name, inbound_nodes: reads } : {}),
  };
}

export function reading(...names: string[]): unknown[] {
  return [names.map((name) => [name, 0, 0, {}])];
}

export const IMAGE = [null, 6, 6, 2];
export const INPUT = entry('InputLayer', { name: 'in', batch_input_shape: IMAGE });
export const FLATTEN = entry('Flatten');

/** Reads a sequential model of these layers with all-zero weights of these shapes. */
export function readSequential(layers: readonly unknown[], shapes: Record<string, number[]> = {}): unknown {
  return readTopology({ class_name: 'Sequential', config: { name: 'm', layers } }, shapes);
}

export function readFunctional(
  layers: readonly unknown[],
  ends: Config = {},
  shapes: Record<string, number[]> = {},
) {
  const config = {
    name: 'm',
    layers,
    input_layers: [['in', 0, 0]],
    output_layers: [['flatten', 0, 0]],
    ...ends,
  };
  return readTopology({ class_name: 'Functional', config }, shapes);
}

export function readTopology(modelTopology: unknown, shapes: Record<string, number[]> = {}): unknown {
  const weights = Object.entries(shapes).map(([name, shape]) => ({ name, shape, dtype: 'float32' }));
  const size = weights.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  return readLayersModel({ modelTopology, weightsManifest: [{ weights }] }, new ArrayBuffer(4 * size));
}

/** Throws the RangeError of exactly that text (or one that matches). */
export function expectRefusal(read: () => unknown, message: string | RegExp): void {
  expect(read).toThrow(RangeError);
  expect(read).toThrow(message);
}

export const CONV = { name: 'c', filters: 2, kernel_size: [3, 3] };
export const CONV_WEIGHTS = { 'c/kernel': [3, 3, 2, 2], 'c/bias': [2] };
export const NORM_WEIGHTS = { 'b/gamma': [2], 'b/beta': [2], 'b/moving_mean': [2], 'b/moving_variance': [2] };
