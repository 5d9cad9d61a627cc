// The sum of two values of one shape.

import type { AddStage } from '../graph/stage.ts';
import type { StageKind } from '../graph/stageKind.ts';
import type { WrittenLayer } from '../layersModel/writtenLayer.ts';
import type { LayerBase, LayerKind } from './layer.ts';
import type { SampleShape } from '../shapes.ts';

export interface AddLayer extends LayerBase {
  readonly kind: 'add';
}

export const add: LayerKind<AddLayer> = {
  numInputs: 2,
  shape({ name }, inputs) {
    const [input, other] = inputs as [SampleShape, SampleShape];
    if (input.join() !== other.join())
      throw new RangeError(
        `layer "${name}" (add): its inputs must have one shape, got [${input.join(', ')}] and [${other.join(', ')}]`,
      );
    return input;
  },
  lower({ name }, { base, unflattened, valueShape }) {
    if (base.reads.some((read) => valueShape(read).join() !== unflattened.join()))
      throw new RangeError(`layer "${name}" (add) must come before the flatten that it reads`);
    return { ...base, input: unflattened, output: unflattened, kind: 'add' };
  },
};

export const addStage: StageKind<AddStage> = {
  isInPlace: true,
  forward({ reads }, { ops, y, isNew, tensorOf }) {
    const [first, second] = reads.map(tensorOf) as [number, number];
    if (isNew) ops.push({ kind: 'copy', x: first, y });
    ops.push({ kind: 'add', x: y === first || isNew ? second : first, y });
  },
  backward({ reads }, { ops, gradient, passes, canKeep, pass }) {
    const passing = reads.filter(passes);
    // Copies are taken before the tensor itself is given away.
    const keeper = passing.find((each) => canKeep(each, gradient));
    for (const each of passing) if (each !== keeper) pass(each, gradient, false);
    const isKept = keeper !== undefined && pass(keeper, gradient, true);
    if (isKept && reads[0] === reads[1]) ops.push({ kind: 'add', x: gradient.id, y: gradient.id });
  },
};

export function writeAdd(): WrittenLayer {
  return { className: 'Add', config: {} };
}
