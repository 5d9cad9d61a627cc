import { expect, it } from 'vitest';
import { lanesOf } from './code/lanesOf.ts';
import { PLAIN_ENDS } from './plainEnds.ts';
import { openUpdateEnds } from './updateEnds.ts';

it.each(['plain', 'scalar', 'simd'] as const)(
  'of any length, anywhere in the arena, are as plain loops say (%s)',
  (variant) => {
    for (const length of [1, 3, 4, 15, 16, 17, 53]) {
      const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
      const ends = variant === 'plain' ? PLAIN_ENDS : openUpdateEnds(memory, 1, lanesOf(variant));
      const all = new Float32Array(memory.buffer, 0, 200).map((_, i) => Math.sin(i));
      new Float32Array(memory.buffer).set(all);
      const weight = new Float32Array(memory.buffer, 5 * 4, length);
      const base = new Float32Array(memory.buffer, 103 * 4, length);
      const [w, b] = [weight.slice(), base.slice()];

      const sum = w.reduce((total, value, i) => total + Math.abs(value - b[i]!), 0);
      expect(Math.abs(ends.distance(weight, base) - sum)).toBeLessThan(1e-5 * sum);
      ends.takeCarried(weight, base);
      expect(base).toEqual(w);
      expect(weight).toEqual(w.map((value, i) => value + b[i]!));
      ends.subtract(weight, base);
      expect(base).toEqual(weight.map((value, i) => value - w[i]!));
      all.set(weight, 5);
      all.set(base, 103);
      expect(new Float32Array(memory.buffer, 0, 200)).toEqual(all);

      weight[length - 1] = Number.NaN;
      expect(ends.distance(weight, base)).toBeNaN();
    }
  },
);
