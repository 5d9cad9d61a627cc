// The forward pass as ops, leaving what the backward pass asks for: argmaxes, masks, norm statistics.

import type { Op } from '../ops/ops.ts';
import { borderedLayout, compactLayout, isCompact, sameLayout } from './layout.ts';
import type { ConvStage, Stage } from './stage.ts';
import type { ApartSlice } from './stageKind.ts';
import type { TensorTable } from './tensorTable.ts';
import { kindOfStage, ownActivation, type ValueUse } from './valueUse.ts';

export interface ForwardContext {
  readonly stages: readonly Stage[];
  readonly use: ValueUse;
  readonly table: TensorTable;
  readonly parameterIds: readonly number[];
  /** By parameter index. */
  readonly apart: ReadonlyMap<number, ApartSlice>;
  /** Prefix of tensor names. */
  readonly program: string;
  /** Stages that do nothing in this program. */
  readonly skips: (stage: Stage) => boolean;
  /** Home values that are kept for the whole batch. */
  readonly isOfBatch: (home: number) => boolean;
  /** Values that never exist as a whole: the stage after the one that makes them takes both stages in one op. */
  readonly isFused: (value: number) => boolean;
}

/** What the backward pass asks of stage `index`. */
export interface Needs {
  argmax(index: number): boolean;
  mask(index: number): boolean;
  stats(index: number): boolean;
}

export const NEEDS_NOTHING: Needs = { argmax: () => false, mask: () => false, stats: () => false };

/** Tensor ids by stage (`inputs`: what it really reads first) or by value; a fused value's is that of what its stage reads. */
export interface Forward {
  readonly values: readonly number[];
  readonly inputs: readonly number[];
  readonly argmaxes: readonly (number | null)[];
  readonly masks: readonly (number | null)[];
  readonly stats: readonly (number | null)[];
}

/** Appends the forward ops of one micro-batch. */
export function forwardPass(context: ForwardContext, needs: Needs, ops: Op[]): Forward {
  const { stages, use, table, parameterIds, program } = context;
  const values: number[] = [];
  const inputs: number[] = [];
  const argmaxes: (number | null)[] = [];
  const masks: (number | null)[] = [];
  const stats: (number | null)[] = [];

  function newValue(value: number, role: 'input' | 'activation'): number {
    const layout = use.layout(value);
    const name = `${program}.value${value}`;
    const id = context.isOfBatch(value)
      ? table.ofBatch(role, name, layout)
      : table.scratch(role, name, 'float32', layout, 1);
    if (!isCompact(layout)) ops.push({ kind: 'clear', x: id, what: 'border' });
    return id;
  }
  /** What stage `index` reads: the value, or a copy with the border that its convolution needs. */
  function inputOf(stage: Stage, index: number): number {
    const id = values[stage.reads[0]!]!;
    if (stage.kind !== 'conv' || context.isFused(stage.reads[0]!)) return id;
    const wanted = borderedLayout(stage.input, [stage]);
    const layout = table.tensors[id]!.layout!;
    const hasBorder =
      layout.top >= wanted.top &&
      layout.left >= wanted.left &&
      layout.rows - layout.top >= wanted.rows - wanted.top &&
      layout.columns - layout.left >= wanted.columns - wanted.left;
    if (hasBorder || sameLayout(layout, wanted)) return id;
    const copy = table.scratch('activation', `${program}.bordered${index}`, 'float32', wanted, 1);
    ops.push({ kind: 'clear', x: copy, what: 'border' }, { kind: 'copy', x: id, y: copy });
    return copy;
  }
  function newArgmax(stage: Stage, index: number): number | null {
    if (!needs.argmax(index)) return null;
    return table.scratch('argmax', `${program}.argmax${index}`, 'uint8', compactLayout(stage.output), 1);
  }
  function newStats(groups: number, index: number): number | null {
    if (!needs.stats(index)) return null;
    const layout = compactLayout([1, 1, 2 * groups]);
    return table.scratch('stats', `${program}.stats${index}`, 'float32', layout, 1);
  }

  values.push(newValue(0, 'input'));
  stages.forEach((stage, index) => {
    const x = inputOf(stage, index);
    inputs.push(x);
    argmaxes.push(null);
    stats.push(null);
    masks.push(null);
    if (context.skips(stage) || context.isFused(index + 1)) {
      values.push(x);
      return;
    }
    const overwritten = use.overwritten(index);
    const y = overwritten === null ? newValue(index + 1, 'activation') : values[overwritten]!;
    values.push(y);
    kindOfStage(stage).forward(stage, {
      ops,
      x,
      y,
      isNew: overwritten === null,
      tensorOf: (value) => values[value]!,
      parameter: (parameter) => parameterIds[parameter]!,
      apart: (parameter) => context.apart.get(parameter) ?? null,
      argmax: () => (argmaxes[index] = newArgmax(stage, index)),
      stats: (groups) => (stats[index] = newStats(groups, index)),
      expanded() {
        const [read] = stage.reads as [number];
        return context.isFused(read) ? (stages[read - 1] as ConvStage) : null;
      },
      ofSample: (layout) => table.ofSample(`${program}.rows${stage.reads[0]}`, layout),
      activationTakenOver: () => poolTakesOver(stages, use, stage.reads[0]!),
    });
    const activation = ownActivation(stage);
    if ((activation === 'relu' || activation === 'relu6') && needs.mask(index)) {
      const mask = table.scratch(
        'mask',
        `${program}.mask${index}`,
        'uint8',
        compactLayout(stage.output),
        1 / 8,
      );
      ops.push({ kind: 'packMask', x: y, mask, function: activation });
      masks[index] = mask;
    }
  });
  return { values, inputs, argmaxes, masks, stats };
}

/** The relu or relu6 right before a max-pool that alone reads it: the pool's argmax then says where it has a gradient. */
export function poolTakesOver(
  stages: readonly Stage[],
  use: ValueUse,
  value: number,
): 'relu' | 'relu6' | null {
  if (value === 0 || use.readers(value).length !== 1) return null;
  const activation = ownActivation(stages[value - 1]!);
  return activation === 'relu' || activation === 'relu6' ? activation : null;
}
