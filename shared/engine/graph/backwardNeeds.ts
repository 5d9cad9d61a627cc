// What the backward pass will need, known before the forward pass is written: where gradients flow, in which layout, and what is
// kept for them.

import type { GradientTarget } from '../ops/gradientTarget.ts';
import type { Op } from '../ops/ops.ts';
import type { Layout } from '../tensors.ts';
import { poolTakesOver } from './forwardPass.ts';
import { compactLayout, convGradientLayout } from './layout.ts';
import type { Stage } from './stage.ts';
import { ownActivation, type ValueUse } from './valueUse.ts';

/** What the optimizer does with each trained parameter. */
export interface TrainedParameter {
  readonly target: GradientTarget;
  /** Runs right before the gradient is applied. */
  readonly before: readonly Op[];
}

export interface BackwardNeeds {
  /** Gradients flow through the value: something at or before its producer is trained. */
  passes(value: number): boolean;
  /** Layout in which the producer of the value wants its gradient. */
  gradientLayout(value: number): Layout;
  /** The stage's activation gradient is its own business (not taken over by a pool). */
  passesActivation(index: number): boolean;
  /** The value's tensor is kept for someone's parameter gradient anyway. */
  isKept(value: number): boolean;
}

/** What the backward pass will need, before the forward pass is written. */
export function backwardNeeds({
  stages,
  use,
  trained,
}: {
  readonly stages: readonly Stage[];
  readonly use: ValueUse;
  /** By parameter index; absent = frozen. */
  readonly trained: ReadonlyMap<number, TrainedParameter>;
}): BackwardNeeds {
  const isTrained = (stage: Stage) =>
    'weight' in stage && (trained.has(stage.weight) || trained.has(stage.bias));
  const flows = [false];
  for (const stage of stages) flows.push(isTrained(stage) || stage.reads.some((read) => flows[read]!));
  const passes = (value: number) => flows[value]!;

  function gradientLayout(value: number): Layout {
    const stage = stages[value - 1]!;
    const [read] = stage.reads as [number];
    if (stage.kind === 'conv' && !stage.pool && passes(read)) return convGradientLayout(stage);
    const keepsPlace = stage.kind === 'activation' || stage.kind === 'dropout' || stage.kind === 'groupNorm';
    if (keepsPlace && passes(read) && use.readers(read).length === 1) return gradientLayout(read);
    if (stage.kind === 'add') {
      const alone = stage.reads.find((each) => passes(each) && use.readers(each).length === 1);
      if (alone !== undefined) return gradientLayout(alone);
    }
    return compactLayout(stage.output);
  }
  return {
    passes,
    gradientLayout,
    passesActivation(index) {
      const readers = use.readers(index + 1).map((reader) => stages[reader]!);
      const isTakenOver = readers[0]?.kind === 'maxPool' && poolTakesOver(stages, use, index + 1) !== null;
      return passes(index + 1) && ownActivation(stages[index]!) !== null && !isTakenOver;
    },
    isKept(value) {
      return use.readers(value).some((reader) => {
        const stage = stages[reader]!;
        if (stage.kind === 'groupNorm') return passes(reader + 1);
        return (stage.kind === 'conv' || stage.kind === 'dense') && trained.has(stage.weight);
      });
    },
  };
}
