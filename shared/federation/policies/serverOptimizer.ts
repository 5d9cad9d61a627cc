// What becomes of the mean that a server step has found for one tensor: taken as it is, or through a momentum or Adam.
// Pure: makes new arrays, changes none. After FedAvgM (arXiv 1909.06335) and FedAdam (arXiv 2003.00295, algorithm 2).
//
//   g_j = proposed_j - w_j                                             the step of rate 1
//   momentum   m_j = decay m_j + g_j                                   w_j += eta m_j
//   adam       m_j = decay m_j + (1 - decay) g_j
//              v_j = squareDecay v_j + (1 - squareDecay) g_j^2
//              w_j += eta (m_j / (1 - decay^t_j)) / (sqrt(v_j / (1 - squareDecay^t_j)) + floor)
//
// Ours: state is lazy, element by element. t_j counts the steps that covered j; where nobody covers j, nothing decays and
// w_j stays as it is.

import type { Stretch } from '../../engine/scheme.ts';
import type { ServerOptimizer } from '../../settings/values.ts';

/** The optimizer's state for one tensor, each array of its size. Immutable. */
export interface Moments {
  /** m. */
  readonly first: Float32Array;
  /** v; `adam` alone. */
  readonly second: Float32Array | null;
  /** t; `adam` alone. */
  readonly counts: Float32Array | null;
}

export type LazyOptimizer = Exclude<ServerOptimizer, { kind: 'plain' }>;

/**
 * `current` the tensor, `proposed` what a step of rate 1 makes of it, `covered` what somebody trained (stretches may overlap).
 * `moments` of the step before: of another kind of optimizer, or null, they begin anew.
 */
export function applyOptimizer(
  optimizer: LazyOptimizer,
  learningRate: number,
  current: Float32Array,
  proposed: Float32Array,
  covered: readonly Stretch[],
  moments: Moments | null,
): { readonly values: Float32Array; readonly moments: Moments } {
  const next = renewed(optimizer, current.length, moments);
  const { first, second, counts } = next;
  const values = current.slice();
  const isDone = new Uint8Array(current.length);
  for (const { start, length } of covered) {
    for (let j = start; j < start + length; j++) {
      if (isDone[j]) continue;
      isDone[j] = 1;
      const gradient = proposed[j]! - current[j]!;
      if (optimizer.kind === 'momentum') {
        first[j] = optimizer.decay * first[j]! + gradient;
        values[j] = current[j]! + learningRate * first[j]!;
      } else {
        const { decay, squareDecay, floor } = optimizer;
        const count = ++counts![j]!;
        first[j] = decay * first[j]! + (1 - decay) * gradient;
        second![j] = squareDecay * second![j]! + (1 - squareDecay) * gradient * gradient;
        const mean = first[j]! / (1 - decay ** count);
        const square = second![j]! / (1 - squareDecay ** count);
        values[j] = current[j]! + (learningRate * mean) / (Math.sqrt(square) + floor);
      }
    }
  }
  return { values, moments: next };
}

function renewed({ kind }: LazyOptimizer, size: number, moments: Moments | null): Moments {
  const isAdam = kind === 'adam';
  const old = moments && (moments.second !== null) === isAdam ? moments : null;
  const copyOf = (array: Float32Array | null | undefined) => array?.slice() ?? new Float32Array(size);
  return {
    first: copyOf(old?.first),
    second: isAdam ? copyOf(old?.second) : null,
    counts: isAdam ? copyOf(old?.counts) : null,
  };
}
