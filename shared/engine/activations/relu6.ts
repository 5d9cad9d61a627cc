// min(max(x, 0), 6).

import { activeMask } from '../wasm/kernels/activeMask.ts';
import type { Activation } from './activation.ts';

export const relu6: Activation = {
  value: (x) => Math.min(Math.max(x, 0), 6),
  slope: (y) => (y > 0 && y < 6 ? 1 : 0),
  emit({ f, lanes }, vectors) {
    f.scope(() => {
      const bound = f.local(lanes.vector, lanes.constant(0));
      for (const vector of vectors) f.set(vector, lanes.max(vector, bound));
      f.set(bound, lanes.constant(6));
      for (const vector of vectors) f.set(vector, lanes.min(vector, bound));
    });
  },
  chain: (lanes, gradient, vector) => lanes.keep(activeMask(lanes, 'relu6', vector), gradient),
  wgsl: { value: 'clamp(v, 0.0, 6.0)', slope: 'select(0.0, 1.0, v > 0.0 && v < 6.0)' },
};
