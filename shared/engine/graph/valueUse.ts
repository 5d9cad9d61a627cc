// Who reads each value of a graph, and which stages may work in place: what forward and backward pass must agree on.

import type { ActivationFunction } from '../activations/activationFunction.ts';
import { STAGES } from '../layers/layers.ts';
import type { Layout } from '../tensors.ts';
import { borderedLayout, compactLayout } from './layout.ts';
import type { ConvStage, Stage } from './stage.ts';
import type { ImageShape } from '../shapes.ts';
import type { StageKind } from './stageKind.ts';

export interface ValueUse {
  /** Stages that read the value. */
  readers(value: number): readonly number[];
  /** Shape of the value, as its producer gives it. */
  shape(value: number): ImageShape;
  /** The value whose tensor the stage overwrites with its output; null for a stage that writes a tensor of its own. */
  overwritten(stage: number): number | null;
  /** The value whose tensor this value lies in: itself, unless it was made in place. */
  home(value: number): number;
  /** How the tensor of a home value lies: with the border that its convolutions need, compact where a dense layer or the loss reads it. */
  layout(home: number): Layout;
}

/** Use of the values of these stages, where `skips` says which stages do nothing in this program (dropout in evaluation). */
export function useOfValues(
  stages: readonly Stage[],
  input: ImageShape,
  skips: (stage: Stage) => boolean,
): ValueUse {
  const readersOf: number[][] = Array.from({ length: stages.length + 1 }, () => []);
  stages.forEach((stage, index) => {
    for (const read of new Set(stage.reads)) readersOf[read]!.push(index);
  });
  const overwrites: (number | null)[] = [];
  for (const stage of stages) {
    const { isInPlace } = kindOfStage(stage);
    const alone = (read: number) => readersOf[read]!.length === 1 && mayOverwrite(read, stage);
    if (skips(stage)) overwrites.push(stage.reads[0]!);
    else overwrites.push((isInPlace && stage.reads.find(alone)) || null);
  }

  /** The value may be replaced by what `by` makes of it: nobody needs it any more, its own producer included. */
  function mayOverwrite(value: number, by: Stage): boolean {
    if (value === 0) return false;
    const producer = stages[value - 1]!;
    const activation = ownActivation(producer);
    const survives = activation === null || (by.kind === 'dropout' && activation === 'relu');
    const below = overwrites[value - 1] ?? null;
    return survives && (below === null || (readersOf[below]!.length === 1 && mayOverwrite(below, by)));
  }

  function home(value: number): number {
    const below = value === 0 ? null : overwrites[value - 1]!;
    return below === null ? value : home(below);
  }

  const shape = (value: number) => (value === 0 ? input : stages[value - 1]!.output);
  const layouts = new Map<number, Layout>();
  for (let value = 0; value <= stages.length; value++) {
    if (home(value) !== value) continue;
    const family = Array.from({ length: stages.length + 1 }, (_, other) => other).filter(
      (other) => home(other) === value,
    );
    const readers = family.flatMap((member) => readersOf[member]!).map((reader) => stages[reader]!);
    const isReadFlat = family.includes(stages.length) || readers.some((reader) => reader.kind === 'dense');
    const convolutions = readers.filter((reader): reader is ConvStage => reader.kind === 'conv');
    layouts.set(value, isReadFlat ? compactLayout(shape(value)) : borderedLayout(shape(value), convolutions));
  }
  return {
    readers: (value) => readersOf[value]!,
    shape,
    overwritten: (stage) => overwrites[stage]!,
    home,
    layout: (value) => layouts.get(value)!,
  };
}

/** What its kind says of a stage. */
export function kindOfStage({ kind }: Stage): StageKind<Stage> {
  return STAGES[kind];
}

/** The activation whose gradient needs the stage's own output; null where there is none, or a fused pool's argmax has taken it over. */
export function ownActivation(stage: Stage): ActivationFunction | null {
  return kindOfStage(stage).activation?.(stage) ?? null;
}
