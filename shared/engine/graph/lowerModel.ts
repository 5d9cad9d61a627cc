// Lowering: the layers become stages.
// Knows nothing of schemes, gradients or memory.

import { inputsOf, layerKindOf, layerShapes, parametersOf, type ModelSpec } from '../model.ts';
import type { Stage } from './stage.ts';
import { toImage } from '../shapes.ts';

/** The model as fused stages; flatten vanishes (row-major images are flat already). Throws RangeError for a model that cannot work. */
export function lowerModel(model: ModelSpec): Stage[] {
  const { layers } = model;
  const shapes = layerShapes(model);
  const parameters = parametersOf(model);
  const reads = layers.map((_, index) => inputsOf(model, index));
  const numReaders = layers.map((_, index) => reads.flat().filter((read) => read === index).length);
  /** By layer index; -1 is the model's input. */
  const values = new Map<number, number>([[-1, 0]]);
  const stages: Stage[] = [];
  /** The layer after `index` when it alone reads that one, so that it can be fused into it. */
  const soleReader = (index: number) =>
    numReaders[index] === 1 && reads[index + 1]?.length === 1 && reads[index + 1]![0] === index
      ? layers[index + 1]
      : undefined;

  const valueShape = (value: number) => (value === 0 ? toImage(model.input) : stages[value - 1]!.output);

  for (let index = 0; index < layers.length; index++) {
    const layer = layers[index]!;
    const inputShape = reads[index]![0]! < 0 ? model.input : shapes[reads[index]![0]!]!;
    const base = {
      reads: reads[index]!.map((read) => values.get(read)!),
      input: toImage(inputShape),
      output: toImage(shapes[index]!),
    };
    const stage = layerKindOf(layer).lower(layer, {
      base,
      unflattened: valueShape(base.reads[0]!),
      index,
      valueShape,
      parameter: (role) => parameters.findIndex(({ name }) => name === `${layer.name}.${role}`),
      take(accepts) {
        const next = soleReader(index);
        const isTaken = next !== undefined && accepts(next);
        if (isTaken) index++;
        return isTaken;
      },
      takeActivation() {
        const next = soleReader(index);
        const activation = (next && layerKindOf(next).activation) ?? null;
        if (activation) index++;
        return activation;
      },
      output: () => toImage(shapes[index]!),
    });
    if (stage) stages.push(stage);
    values.set(index, stage ? stages.length : base.reads[0]!);
  }
  return stages;
}
