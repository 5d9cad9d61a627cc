// A model while it is being read: our layers, and steps that exist in files only and are folded away before the end.

import { sizeOf, type SampleShape } from '../shapes.ts';
import { LAYER_KINDS, LAYERS, type LayerSpec } from '../layers/layers.ts';
import { outputShape } from '../model.ts';

type Unwired<T> = T extends unknown ? Omit<T, 'name' | 'inputs'> : never;

/** A step of the file that no layer of ours does: it becomes part of its neighbour, or of the loss. */
export type FoldedStep =
  /** Values: factor and shift of each channel. */
  | { readonly kind: 'batchNorm' }
  /** Zero rows and columns, `[height, width]`. */
  | {
      readonly kind: 'zeroPad';
      readonly before: readonly [number, number];
      readonly after: readonly [number, number];
    }
  | { readonly kind: 'softmax' };

export type Step = Unwired<LayerSpec> | FoldedStep;

export interface Draft {
  readonly name: string;
  /** How errors name it: the file's layer and class. */
  readonly origin: string;
  readonly step: Step;
  readonly reads: readonly string[];
  /** Its parameters, weight before bias. */
  readonly values: readonly Float32Array[];
  /** Of its output. */
  readonly shape: SampleShape;
}

/** Shape of what a step makes of inputs of these shapes. Throws RangeError naming a layer that cannot work on them. */
export function stepShape(name: string, step: Step, inputs: readonly SampleShape[]): SampleShape {
  const input = inputs[0]!;
  if (step.kind === 'batchNorm' || step.kind === 'softmax') return input;
  if (step.kind !== 'zeroPad') return outputShape({ ...step, name } as LayerSpec, inputs);
  const { before, after } = step;
  return input.map((extent, axis) => extent + (before[axis] ?? 0) + (after[axis] ?? 0));
}

/** The drafts without one of them: what read it reads `instead`. */
export function withoutDraft(drafts: readonly Draft[], removed: Draft, instead: string): Draft[] {
  return drafts
    .filter((draft) => draft !== removed)
    .map((draft) => ({
      ...draft,
      reads: draft.reads.map((name) => (name === removed.name ? instead : name)),
    }));
}

/** The drafts as layers; what a layer reads is left out where it is the layer before it. */
export function layersOf(drafts: readonly Draft[], inputName: string): LayerSpec[] {
  return drafts.map(({ name, step, reads }, index) => {
    const isChain = reads.length === 1 && reads[0] === (drafts[index - 1]?.name ?? inputName);
    return { ...step, name, ...(isChain ? {} : { inputs: reads }) } as LayerSpec;
  });
}

/** A flatten at the end where the file's last layer gives no plain outputs of ours; the numbers stay the same. */
export function withPlainOutputs(drafts: readonly Draft[], name: string): readonly Draft[] {
  const last = drafts.at(-1)!;
  if (LAYER_KINDS.some((kind) => kind === last.step.kind && LAYERS[kind].givesOutputs)) return drafts;
  const { origin, shape } = last;
  const flatten: Draft = {
    name,
    origin,
    step: { kind: 'flatten' },
    reads: [last.name],
    values: [],
    shape: [sizeOf(shape)],
  };
  return [...drafts, flatten];
}
