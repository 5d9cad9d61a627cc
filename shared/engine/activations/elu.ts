// x, or exp(x) - 1 where x is negative (Clevert et al. 2015, arXiv 1511.07289, alpha = 1).

import type { Activation } from './activation.ts';

export const elu: Activation = {
  value: (x) => (x > 0 ? x : Math.expm1(x)),
  slope: (y) => Math.min(y, 0) + 1,
  emit({ f, lanes, exp }, vectors) {
    for (const vector of vectors)
      f.scope(() => {
        const negative = f.local(lanes.vector, lanes.min(vector, lanes.constant(0)));
        exp(negative);
        const positive = lanes.max(vector, lanes.constant(0));
        f.set(vector, lanes.add(positive, lanes.sub(negative, lanes.constant(1))));
      });
  },
  chain: (lanes, gradient, vector) =>
    lanes.mul(gradient, lanes.add(lanes.min(vector, lanes.constant(0)), lanes.constant(1))),
  wgsl: { value: 'max(v, 0.0) + (exp(min(v, 0.0)) - 1.0)', slope: 'min(v, 0.0) + 1.0' },
};
