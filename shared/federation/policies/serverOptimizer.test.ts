import { describe, expect, it } from 'vitest';
import { createRandom } from '../../random.ts';
import { applyOptimizer, type LazyOptimizer, type Moments } from './serverOptimizer.ts';

const MOMENTUM: LazyOptimizer = { kind: 'momentum', decay: 0.9 };
const ADAM: LazyOptimizer = { kind: 'adam', decay: 0.9, squareDecay: 0.99, floor: 1e-3 };
const RATE = 0.1;
const SIZE = 6;
const EVERYWHERE = [{ start: 0, length: SIZE }];

/** The textbook's formulas for one element that every step covers, from the first step on. */
function byTheBook(optimizer: LazyOptimizer, start: number, gradients: readonly number[]): number {
  let [w, m, v] = [start, 0, 0];
  gradients.forEach((g, index) => {
    if (optimizer.kind === 'momentum') {
      m = optimizer.decay * m + g;
      w += RATE * m;
    } else {
      m = optimizer.decay * m + (1 - optimizer.decay) * g;
      v = optimizer.squareDecay * v + (1 - optimizer.squareDecay) * g * g;
      const mean = m / (1 - optimizer.decay ** (index + 1));
      const square = v / (1 - optimizer.squareDecay ** (index + 1));
      w += (RATE * mean) / (Math.sqrt(square) + optimizer.floor);
    }
  });
  return w;
}

describe.each([MOMENTUM, ADAM])('the optimizer $kind', (optimizer) => {
  it('goes by the book where all is covered, and counts only the steps that covered an element', () => {
    const random = createRandom(4);
    const start = Float32Array.from({ length: SIZE }, () => random.normal());
    const gradients: number[][] = start.reduce((lists: number[][]) => [...lists, []], []);
    let current: Float32Array = start;
    let moments: Moments | null = null;
    for (let step = 0; step < 40; step++) {
      // The upper half is covered by every third step alone, and twice by that.
      const covered = step % 3 === 0 ? [...EVERYWHERE, { start: 3, length: 3 }] : [{ start: 0, length: 3 }];
      const proposed = current.map((w) => w + 0.3 * random.normal());
      const before = current;
      const next = applyOptimizer(optimizer, RATE, current, proposed, covered, moments);
      for (let j = 0; j < SIZE; j++) {
        if (j < 3 || step % 3 === 0) gradients[j]!.push(proposed[j]! - before[j]!);
        else expect(next.values[j]).toBe(before[j]);
      }
      ({ values: current, moments } = next);
    }
    current.forEach((w, j) => expect(w).toBeCloseTo(byTheBook(optimizer, start[j]!, gradients[j]!), 4));
  });

  it('changes nothing that it was given', () => {
    const current = Float32Array.of(1, 2, 3, 4, 5, 6);
    const proposed = current.map((w) => w + 1);
    const { moments } = applyOptimizer(optimizer, RATE, current, proposed, EVERYWHERE, null);
    const copy = structuredClone(moments);
    applyOptimizer(optimizer, RATE, current, proposed, EVERYWHERE, moments);
    expect(moments).toEqual(copy);
    expect([...current]).toEqual([1, 2, 3, 4, 5, 6]);
  });
});

it('momentum without decay is the plain step', () => {
  const current = Float32Array.of(0.1, -2, 1e-7, 4, 5, 6);
  const proposed = Float32Array.of(0.3, -2.5, 3, 4, 5.5, 7);
  const { values } = applyOptimizer({ kind: 'momentum', decay: 0 }, 1, current, proposed, EVERYWHERE, null);
  values.forEach((w, j) => expect(w).toBeCloseTo(proposed[j]!, 6));
});

it('another kind of optimizer begins anew', () => {
  const current = new Float32Array(SIZE);
  const proposed = current.map(() => 1);
  const { moments } = applyOptimizer(MOMENTUM, RATE, current, proposed, EVERYWHERE, null);
  const fresh = applyOptimizer(ADAM, RATE, current, proposed, EVERYWHERE, null);
  expect(applyOptimizer(ADAM, RATE, current, proposed, EVERYWHERE, moments)).toEqual(fresh);
});
