// What begins and ends an update by plain loops, to the same bits as updateEnds.ts: a page has one in seconds, and fetches less.

import type { UpdateEnds } from './updateEnds.ts';

export const PLAIN_ENDS: UpdateEnds = {
  takeCarried(weight, base) {
    weight.forEach((old, i) => {
      weight[i] = old + base[i]!;
      base[i] = old;
    });
  },
  subtract(weight, base) {
    weight.forEach((moved, i) => {
      base[i] = moved - base[i]!;
    });
  },
  distance: (weight, base) => weight.reduce((sum, moved, i) => sum + Math.abs(moved - base[i]!), 0),
};
