// tanh(x) = 2 sigmoid(2 x) - 1.

import type { Activation } from './activation.ts';
import { emitSigmoid } from './sigmoid.ts';

export const tanh: Activation = {
  value: (x) => Math.tanh(x),
  slope: (y) => 1 - y * y,
  emit(registers, vectors) {
    const { f, lanes } = registers;
    for (const vector of vectors) {
      emitSigmoid(registers, vector, 2);
      f.set(vector, lanes.sub(lanes.add(vector, vector), lanes.constant(1)));
    }
  },
  chain: (lanes, gradient, vector) => lanes.mul(gradient, lanes.nmadd(vector, vector, lanes.constant(1))),
  // tanh() of large arguments is infinity / infinity in places.
  wgsl: { value: 'tanh(clamp(v, -15.0, 15.0))', slope: '1.0 - v * v' },
};
