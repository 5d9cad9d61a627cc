// The sum of two values of one shape.

import type { WrittenLayer } from '../layersModel/writtenLayer.ts';
import type { LayerBase, LayerKind, SampleShape } from './layer.ts';

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

export function writeAdd(): WrittenLayer {
  return { className: 'Add', config: {} };
}
