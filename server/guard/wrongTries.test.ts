import { expect, it } from 'vitest';
import { createWrongTries } from './wrongTries.ts';

function setUp() {
  const clock = { ms: 0 };
  const waiting: (() => void)[] = [];
  const tries = createWrongTries(
    () => clock.ms,
    (act) => waiting.push(act),
  );
  /** What came at once: `null` is nothing yet. */
  const wrong = (address: string): boolean | null => {
    let got: boolean | null = null;
    tries.wrong(address, (isTooMany) => (got = isTooMany));
    return got;
  };
  return { clock, waiting, wrong };
}

it('answers the first ten of an address at once and later ones late, others as before', () => {
  const { clock, waiting, wrong } = setUp();
  for (let i = 0; i < 10; i++) expect(wrong('a')).toBe(false);
  expect(wrong('a')).toBe(null);
  expect(wrong('b')).toBe(false);
  expect(waiting).toHaveLength(1);
  clock.ms += 6000;
  expect(wrong('a')).toBe(false);
});

it('holds 200 at most, and tells more at once that they are too many', () => {
  const { waiting, wrong } = setUp();
  for (let i = 0; i < 210; i++) wrong('a');
  expect(waiting).toHaveLength(200);
  expect(wrong('a')).toBe(true);
  waiting.pop()!();
  expect(wrong('a')).toBe(null);
});
