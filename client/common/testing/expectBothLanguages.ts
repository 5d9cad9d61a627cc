// Of a catalogue in two languages: the type checker compares the keys; this compares what they hold.

import { expect } from 'vitest';
import { leavesOf } from './leavesOf.ts';

/** German has the same words, of the same kind, and none of them is English but those that read `same` in both. */
export function expectBothLanguages(words: object, german: object, same: readonly string[]): void {
  const english = leavesOf(words);
  const translated = new Map(leavesOf(german));
  expect([...translated.keys()].sort()).toEqual(english.map(([path]) => path).sort());
  for (const [path, text] of english) {
    expect(typeof translated.get(path), path).toBe(typeof text);
    if (typeof text === 'string' && !same.includes(path)) expect(translated.get(path), path).not.toBe(text);
  }
}
