// Recomputation: what the backward pass reads, but can have again cheaply from what is kept anyway, is dropped after its
// last use in the forward pass: outputs of norms, and of 1 x 1 convolutions that widen.

import type { Op } from '../ops/ops.ts';
import type { BackwardNeeds } from './backwardNeeds.ts';
import { isCompact } from './layout.ts';
import type { Stage } from './stage.ts';
import type { ApartSlice } from './stageKind.ts';
import type { TensorTable } from './tensorTable.ts';
import { kindOfStage, type ValueUse } from './valueUse.ts';

/** A convolution that widens less is not cheap for what it saves. */
const LEAST_WIDENING = 4;

/** Home values that the backward pass needs and can make again. */
export function recomputableValues(
  stages: readonly Stage[],
  use: ValueUse,
  needs: BackwardNeeds,
  isOfBatch: (home: number) => boolean,
): ReadonlySet<number> {
  const recomputable = new Set<number>();
  stages.forEach((stage, index) => {
    const home = index + 1;
    if (use.home(home) !== home || isOfBatch(home) || !isCheap(stage)) return;
    const members = membersOf(stages, use, home);
    const keepsInput = stage.kind === 'groupNorm' ? needs.passes(home) : needs.isKept(stage.reads[0]!);
    const isRemade = members.every((member) => member === home || isPlain(stages[member - 1]!));
    if (keepsInput && isRemade && members.some(needs.isKept)) recomputable.add(home);
  });
  return recomputable;
}

function isCheap(stage: Stage): boolean {
  if (stage.kind === 'groupNorm') return true;
  if (stage.kind !== 'conv' || stage.pool) return false;
  const { kernelHeight, kernelWidth, stride, groups, inputChannels, filters } = stage.geometry;
  return kernelHeight * kernelWidth * stride * groups === 1 && filters >= LEAST_WIDENING * inputChannels;
}

/** In place on one value, with nothing else to read. */
function isPlain(stage: Stage): boolean {
  return stage.kind === 'activation' || stage.kind === 'dropout';
}

/** The values that lie, one after the other, in the home's tensor. */
function membersOf(stages: readonly Stage[], use: ValueUse, home: number): number[] {
  return stages.map((_, index) => index + 1).filter((value) => use.home(value) === home);
}

/** Appends the ops that make the home's tensor once more, as it was at the end of the forward pass, and returns its id. */
export function recompute(
  {
    stages,
    use,
    table,
    parameterIds,
    apart,
  }: {
    readonly stages: readonly Stage[];
    readonly use: ValueUse;
    readonly table: TensorTable;
    readonly parameterIds: readonly number[];
    readonly apart: ReadonlyMap<number, ApartSlice>;
  },
  home: number,
  x: number,
  ops: Op[],
): number {
  const layout = use.layout(home);
  const y = table.scratch('activation', `train.value${home}.again`, 'float32', layout, 1);
  if (!isCompact(layout)) ops.push({ kind: 'clear', x: y, what: 'border' });
  for (const member of membersOf(stages, use, home)) {
    const stage = stages[member - 1]!;
    kindOfStage(stage).forward(stage, {
      ops,
      x: member === home ? x : y,
      y,
      isNew: member === home,
      tensorOf: () => x,
      parameter: (parameter) => parameterIds[parameter]!,
      apart: (parameter) => apart.get(parameter) ?? null,
      argmax: () => null,
      stats: () => null,
      expanded: () => null,
      ofSample: () => y,
      activationTakenOver: () => null,
    });
  }
  return y;
}
