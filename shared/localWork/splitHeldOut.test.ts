import { expect, test } from 'vitest';
import { splitHeldOut } from './splitHeldOut.ts';

/** Classes 0, 1, 2 in turn; of class 2 there are four. */
const labelOf = (sample: number) => (sample >= 12 ? sample % 2 : sample % 3);

test('of each class the fifth, the tenth and so on are held out, and all samples are somewhere', () => {
  const samples = Uint32Array.from({ length: 24 }, (_, i) => i);
  const { training, heldOut } = splitHeldOut(samples, labelOf);
  expect([...heldOut]).toEqual([12, 13, 22, 23]);
  expect([...training, ...heldOut].sort((a, b) => a - b)).toEqual([...samples]);
});
