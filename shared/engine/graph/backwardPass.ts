// The backward pass as ops, for what the scheme trains and no more: it stops where nothing before is trained.
// A gradient that several readers of a value contribute to is summed; input gradients come before weights change.

import type { GradientTarget } from '../ops/gradientTarget.ts';
import type { Op } from '../ops/ops.ts';
import type { Layout } from '../tensors.ts';
import type { Forward } from './forwardPass.ts';
import type { BackwardNeeds, TrainedParameter } from './backwardNeeds.ts';
import { compactLayout, isCompact, sameLayout } from './layout.ts';
import { recompute } from './recomputation.ts';
import type { Stage } from './stage.ts';
import type { ApartSlice, Gradient, GradientWriter } from './stageKind.ts';
import type { TensorTable } from './tensorTable.ts';
import { kindOfStage, ownActivation, type ValueUse } from './valueUse.ts';

export interface BackwardContext {
  readonly stages: readonly Stage[];
  readonly use: ValueUse;
  readonly table: TensorTable;
  readonly parameterIds: readonly number[];
  /** By parameter index. */
  readonly apart: ReadonlyMap<number, ApartSlice>;
  /** By parameter index; absent = frozen. */
  readonly trained: ReadonlyMap<number, TrainedParameter>;
  /** The dense stage's parameter gradients are taken once at the end of the batch. */
  readonly isDeferred: (stage: Stage) => boolean;
  /** Home values whose tensors end with the forward pass: made again when needed. */
  readonly isRecomputed: (home: number) => boolean;
}

/**
 * Appends the backward ops of one micro-batch to `ops`, and what is deferred to the end of the batch to `deferred`; the
 * gradient of the outputs lies in place of them.
 */
export function backwardPass(
  context: BackwardContext,
  needs: BackwardNeeds,
  forward: Forward,
  ops: Op[],
  deferred: Op[],
): void {
  const { stages, use, table, parameterIds, trained } = context;
  const { passes, gradientLayout } = needs;
  const gradients = new Map<number, Gradient>();
  /** Tensors of recomputed home values. */
  const recomputed = new Map<number, number>();
  const last = stages.length;
  gradients.set(last, {
    id: forward.values[last]!,
    layout: compactLayout(use.shape(last)),
    isOfBatch: keepsGradient(last),
  });

  /** The tensor that holds the value now. */
  function tensorOf(value: number): number {
    const home = use.home(value);
    if (!context.isRecomputed(home)) return forward.values[value]!;
    const id = recomputed.get(home) ?? recompute(context, home, inputOf(home - 1), ops);
    recomputed.set(home, id);
    return id;
  }
  /** What the stage read first: the value, or a copy with a border. */
  function inputOf(index: number): number {
    const [read] = stages[index]!.reads as [number];
    const id = forward.inputs[index]!;
    return id === forward.values[read] ? tensorOf(read) : id;
  }
  function keepsGradient(value: number): boolean {
    return context.isDeferred(stages[value - 1]!);
  }

  function allocate(name: string, layout: Layout, isScattered: boolean, isOfBatch = false): Gradient {
    const id = isOfBatch
      ? table.ofBatch('gradient', `train.${name}`, layout)
      : table.scratch('gradient', `train.${name}`, 'float32', layout, 1);
    if (isScattered || layout.step > 1) ops.push({ kind: 'clear', x: id, what: 'all' });
    else if (!isCompact(layout)) ops.push({ kind: 'clear', x: id, what: 'border' });
    return { id, layout, isOfBatch };
  }
  /** Hands a finished gradient on to a value, which may keep the tensor as its own. */
  function pass(value: number, gradient: Gradient, mayKeep: boolean): boolean {
    const present = gradients.get(value);
    if (present) {
      ops.push({ kind: 'add', x: gradient.id, y: present.id });
      return false;
    }
    const fits =
      sameLayout(gradient.layout, gradientLayout(value)) && gradient.isOfBatch === keepsGradient(value);
    if (mayKeep && fits) {
      gradients.set(value, gradient);
      return true;
    }
    const own = allocate(`gradient${value}`, gradientLayout(value), false, keepsGradient(value));
    ops.push({ kind: 'copy', x: gradient.id, y: own.id });
    gradients.set(value, own);
    return false;
  }
  /** Lets an op write its contribution to the gradient of a value. */
  function contribute(
    value: number,
    { write, canAccumulate, compactOnly, isScattered = false }: GradientWriter,
  ): void {
    const present = gradients.get(value);
    if (present && canAccumulate) return write(present.id, true);
    const wanted = gradientLayout(value);
    if (!present && (isCompact(wanted) || !compactOnly)) {
      const own = allocate(`gradient${value}`, wanted, isScattered, keepsGradient(value));
      gradients.set(value, own);
      return write(own.id, false);
    }
    const part = allocate(`gradient${value}.part`, compactLayout(use.shape(value)), isScattered);
    write(part.id, false);
    pass(value, part, false);
  }
  function train(parameter: number, op: (target: GradientTarget) => Op, into = ops): void {
    const optimizer = trained.get(parameter);
    if (!optimizer) return;
    const gradient = op(optimizer.target);
    into.push(...optimizer.before, gradient);
  }

  for (let index = stages.length - 1; index >= 0; index--) {
    const value = index + 1;
    if (!passes(value)) continue;
    const stage = stages[index]!;
    let gradient = gradients.get(value)!;
    const wanted = gradientLayout(value);
    if (!sameLayout(gradient.layout, wanted)) {
      const moved = allocate(`gradient${value}.padded`, wanted, false);
      ops.push({ kind: 'copy', x: gradient.id, y: moved.id });
      gradient = moved;
    }
    const activation = ownActivation(stage);
    if (activation !== null && needs.passesActivation(index)) {
      const mask = forward.masks[index] ?? null;
      const [source, form] = mask === null ? [tensorOf(value), 'value' as const] : [mask, 'bits' as const];
      ops.push({ kind: 'activationGrad', dy: gradient.id, source, function: activation, form });
    }
    kindOfStage(stage).backward(stage, {
      ops,
      gradient,
      argmax: forward.argmaxes[index] ?? null,
      stats: forward.stats[index] ?? null,
      read: stage.reads[0]!,
      input: () => inputOf(index),
      parameter: (parameter) => parameterIds[parameter]!,
      apart: (parameter) => context.apart.get(parameter) ?? null,
      passes,
      canKeep: (value, own) => !gradients.has(value) && sameLayout(own.layout, gradientLayout(value)),
      contribute,
      pass,
      train: (parameter, op, isDeferrable = false) =>
        train(parameter, op, isDeferrable && context.isDeferred(stage) ? deferred : ops),
      waiting: (parameter) => waiting(parameter, index),
      unpooled: (layout) => allocate(`gradient${value}.convolved`, layout, true),
    });
  }

  /** A target that moves no parameter yet, and the ops that do. */
  function waiting(
    parameter: number,
    index: number,
  ): { target: GradientTarget; after: readonly Op[] } | null {
    const optimizer = trained.get(parameter);
    if (!optimizer) return null;
    const { target, before } = optimizer;
    if (target.kind === 'accumulate') return { target, after: [] };
    const { weight, inputs, outputs } = target;
    const shape = [1, 1, outputs[1] - outputs[0]] as const;
    const accumulator = allocate(`parameter${parameter}.of${index}`, compactLayout(shape), true).id;
    return {
      target: { kind: 'accumulate', accumulator, inputs, outputs },
      after: [...before, { kind: 'applyAccumulator', accumulator, weight, inputs, outputs }],
    };
  }
}
