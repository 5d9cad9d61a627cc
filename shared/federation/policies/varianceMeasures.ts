// The measures v_k of an update's spread that the variance factor compares: per tensor, one a coverer. Pure.

import type { VarianceWeight } from '../../settings/values.ts';
import type { Stretch } from '../../engine/scheme.ts';
import { spreadDelta, type Delta } from '../../contract/delta.ts';
import { powerSumsOf } from './powerSumsOf.ts';

/** What one update brings to one tensor, as far as its spread goes: the delta of these stretches, one after the other. */
export interface MeasuredUpdate extends Delta {
  readonly stretches: readonly Stretch[];
  /** Clipping: values count this many times. */
  readonly scale: number;
  /** Local steps done, >= 1. */
  readonly steps: number;
  /** 1 - cosine of the deltas of the two halves of local work, 0 ... 2; negative when it cannot be told. */
  readonly noise: number;
}

/**
 * v_k of each coverer of a tensor of `size` elements, null where it cannot be told:
 * - `gradientNoise`: what the device says of itself, 1 - cosine of the deltas of its two halves of local work
 * - `bufferDistance`: mean squared distance to the coverers' mean, over the elements that the update covers
 * - `coordinates`: mean squared deviation of its elements from their own mean, divided by local steps squared
 *
 * Ours, to be compared by experiment: FTTE (arXiv 2510.03165) names a variance but not which.
 */
export function varianceMeasures(
  kind: VarianceWeight['kind'],
  updates: readonly MeasuredUpdate[],
  size: number,
): (number | null)[] {
  switch (kind) {
    case 'none':
      return updates.map(() => null);
    case 'gradientNoise':
      return updates.map(({ noise }) => (noise < 0 ? null : noise));
    case 'bufferDistance':
      return bufferDistances(updates, size);
    case 'coordinates':
      return updates.map(coordinateVariance);
    default:
      return unknownKind(kind);
  }
}

function unknownKind(kind: never): never {
  throw new Error(`internal: variance kind ${String(kind)}`);
}

function coordinateVariance(update: MeasuredUpdate): number {
  const { size, scale, steps } = update;
  const { sum, squares } = powerSumsOf(update);
  const variance = Math.max(squares / size - (sum / size) ** 2, 0);
  return (variance * scale * scale) / (steps * steps);
}

function bufferDistances(updates: readonly MeasuredUpdate[], size: number): number[] {
  const mean = new Float64Array(size);
  const coverers = new Uint32Array(size);
  const spread = updates.map((update) => ({ ...update, values: spreadDelta(update) }));
  for (const { stretches, values, scale } of spread) {
    let v = 0;
    for (const { start, length } of stretches)
      for (let j = start; j < start + length; j++) {
        mean[j] = mean[j]! + scale * values[v++]!;
        coverers[j] = coverers[j]! + 1;
      }
  }
  for (let j = 0; j < size; j++) if (coverers[j]! > 0) mean[j] = mean[j]! / coverers[j]!;
  return spread.map(({ stretches, values, scale }) => {
    let squares = 0;
    let v = 0;
    for (const { start, length } of stretches)
      for (let j = start; j < start + length; j++) squares += (scale * values[v++]! - mean[j]!) ** 2;
    return squares / values.length;
  });
}
