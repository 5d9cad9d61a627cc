// max(x, 0).

import { activeMask } from '../wasm/kernels/activeMask.ts';
import type { Activation } from './activation.ts';

export const relu: Activation = {
  value: (x) => Math.max(x, 0),
  slope: (y) => (y > 0 ? 1 : 0),
  emit({ f, lanes }, vectors) {
    f.scope(() => {
      const bound = f.local(lanes.vector, lanes.constant(0));
      for (const vector of vectors) f.set(vector, lanes.max(vector, bound));
    });
  },
  chain: (lanes, gradient, vector) => lanes.keep(activeMask(lanes, 'relu', vector), gradient),
  wgsl: { value: 'max(v, 0.0)', slope: 'select(0.0, 1.0, v > 0.0)' },
};
