// Every word of the page is there in both languages. Here: what they hold, and what stands in the page itself.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { expectBothLanguages } from '../common/testing/expectBothLanguages.ts';
import { ENGLISH } from './english.ts';
import { GERMAN } from './german.ts';

/** What reads the same in both. */
const SAME_IN_BOTH = ['buttons.pause', 'engine.webgpu', 'engine.simd'];

test('German has the same words as English, of the same kind, and none of them is English', () => {
  expectBothLanguages(ENGLISH, GERMAN, SAME_IN_BOTH);
});

test('what stands in the page itself has its German beside it', () => {
  const html = readFileSync(join(import.meta.dirname, '../../index.html'), 'utf8');
  const page = html.slice(html.indexOf('<main id="page"'), html.indexOf('</footer>'));
  const texts = [...page.matchAll(/<([a-z][\w-]*)([^<>]*)>\s*([^<>]*\p{L}[^<>]*?)\s*</gu)];
  expect(texts.length).toBeGreaterThan(15);
  for (const [, tag, attributes, text] of texts)
    expect(attributes, `<${tag}> ${text}`).toMatch(/data-de="[^"]+"/);
});
