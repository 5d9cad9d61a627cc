// Every word of the page is there in both languages. The type checker compares the keys; this compares what they hold.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { leavesOf } from '../common/testing/leavesOf.ts';
import { ENGLISH } from './english.ts';
import { GERMAN } from './german.ts';

/** What reads the same in both. */
const SAME_IN_BOTH = ['buttons.pause', 'engine.webgpu', 'engine.simd'];

test('German has the same words as English, of the same kind, and none of them is English', () => {
  const english = leavesOf(ENGLISH);
  const german = new Map(leavesOf(GERMAN));
  expect([...german.keys()].sort()).toEqual(english.map(([path]) => path).sort());
  for (const [path, text] of english) {
    expect(typeof german.get(path), path).toBe(typeof text);
    if (typeof text === 'string' && !SAME_IN_BOTH.includes(path))
      expect(german.get(path), path).not.toBe(text);
  }
});

test('what stands in the page itself has its German beside it', () => {
  const html = readFileSync(join(import.meta.dirname, '../../index.html'), 'utf8');
  const page = html.slice(html.indexOf('<main id="page"'), html.indexOf('</footer>'));
  const texts = [...page.matchAll(/<([a-z][\w-]*)([^<>]*)>\s*([^<>]*\p{L}[^<>]*?)\s*</gu)];
  expect(texts.length).toBeGreaterThan(15);
  for (const [, tag, attributes, text] of texts)
    expect(attributes, `<${tag}> ${text}`).toMatch(/data-de="[^"]+"/);
});
