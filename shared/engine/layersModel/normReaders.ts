// Normalizations: batch (frozen, to be folded), group, and layer where that is a group norm of one group.

import { expected, flagField, numberField, type Fields } from './fields.ts';
import type { LayerContext } from './layerContext.ts';

/** Frozen: y = gamma * (x - mean) / sqrt(variance + epsilon) + beta, a factor and a shift for each channel. */
export function readBatchNorm(layer: LayerContext): void {
  expectLastAxis(layer);
  const { config } = layer;
  const channels = layer.shapes[0]!.at(-1)!;
  const { scale, shift } = scaleAndShift(layer, channels);
  const mean = layer.weight('moving_mean', [channels]);
  const variance = layer.weight('moving_variance', [channels]);
  const epsilon = epsilonOf(config);
  const wrong = variance.findIndex((value) => !(value + epsilon > 0));
  if (wrong >= 0)
    throw layer.refuse(
      `"moving_variance" must be >= 0 (more than 0 without an epsilon), got ${variance[wrong]} at ${wrong}; the file is damaged, or its training diverged`,
    );
  const factors = scale.map((gamma, index) => gamma / Math.sqrt(variance[index]! + epsilon));
  const shifts = shift.map((beta, index) => beta - mean[index]! * factors[index]!);
  layer.add({ kind: 'batchNorm' }, [factors, shifts]);
}

/** Keras has it since 2.11; TensorFlow.js has not. */
export function readGroupNorm(layer: LayerContext): void {
  expectLastAxis(layer);
  const channels = layer.shapes[0]!.at(-1)!;
  const given = numberField(layer.config, 'groups', 32);
  const groups = given === -1 ? channels : given;
  const { scale, shift } = scaleAndShift(layer, channels);
  layer.add({ kind: 'groupNorm', groups, epsilon: epsilonOf(layer.config) }, [scale, shift]);
}

/** Over `[features]` it is a group norm of one group. */
export function readLayerNorm(layer: LayerContext): void {
  const shape = layer.shapes[0]!;
  if (shape.length !== 1)
    throw layer.refuse(
      `its input must be [features], got [${shape.join(', ')}]; take a BatchNormalization after each convolution, or a GroupNormalization, instead`,
    );
  expectLastAxis(layer);
  const { scale, shift } = scaleAndShift(layer, shape[0]!);
  layer.add({ kind: 'groupNorm', groups: 1, epsilon: epsilonOf(layer.config) }, [scale, shift]);
}

function scaleAndShift(layer: LayerContext, channels: number): { scale: Float32Array; shift: Float32Array } {
  return {
    scale: flagField(layer.config, 'scale', true)
      ? layer.weight('gamma', [channels])
      : new Float32Array(channels).fill(1),
    shift: flagField(layer.config, 'center', true)
      ? layer.weight('beta', [channels])
      : new Float32Array(channels),
  };
}

function epsilonOf(config: Fields): number {
  const epsilon = numberField(config, 'epsilon', 1e-3);
  if (epsilon < 0) throw expected(`${config.prefix}epsilon`, 'a number >= 0', epsilon);
  return epsilon;
}

/** `axis` counts the batch, and is a list of one in some versions. */
function expectLastAxis(layer: LayerContext): void {
  const given = layer.config.values['axis'] ?? -1;
  const axis: unknown = Array.isArray(given) && given.length === 1 ? given[0] : given;
  const shape = layer.shapes[0]!;
  const last = layer.isSignal && shape.length === 3 ? 2 : shape.length;
  if (axis !== -1 && axis !== last)
    throw expected(`${layer.config.prefix}axis`, `-1 or ${last} (the channels)`, given);
}
