import { expect, it } from 'vitest';
import { createRandom } from '../../random.ts';
import { isFreshEnough, lengthenPath, PATH_START } from './freshness.ts';

const copy = { heldVersion: 5, changedVersion: 9, version: 12, path: PATH_START };

it('keeps what has not changed, whatever the policy', () => {
  for (const freshness of [
    { kind: 'always' },
    { kind: 'every', versions: 1 },
    { kind: 'drift', share: 0 },
  ] as const)
    expect(isFreshEnough(freshness, { ...copy, changedVersion: 5 })).toBe(true);
});

it('renews at once, or after so many versions', () => {
  expect(isFreshEnough({ kind: 'always' }, copy)).toBe(false);
  expect(isFreshEnough({ kind: 'every', versions: 8 }, copy)).toBe(true);
  expect(isFreshEnough({ kind: 'every', versions: 7 }, copy)).toBe(false);
});

it('never keeps a copy that has drifted further than the share, and keeps those that hardly have', () => {
  const random = createRandom(3);
  const states = [Float32Array.from({ length: 50 }, () => random.normal())];
  let path = PATH_START;
  for (let version = 1; version <= 200; version++) {
    const before = states.at(-1)!;
    const after = before.map((value) => value + 0.01 * random.normal());
    path = lengthenPath(path, before, after, version);
    states.push(after);
  }
  let kept = 0;
  for (let heldVersion = 0; heldVersion < 200; heldVersion++) {
    const [held, now] = [states[heldVersion]!, states[200]!];
    const distance = Math.hypot(...now.map((value, i) => value - held[i]!)) / Math.hypot(...held, ...now);
    const isKept = isFreshEnough(
      { kind: 'drift', share: 0.1 },
      { heldVersion, changedVersion: 200, version: 200, path },
    );
    if (isKept) kept++;
    if (isKept) expect(distance).toBeLessThan(0.1);
  }
  expect(kept).toBeGreaterThan(5);
  expect(kept).toBeLessThan(20);
});
