// Every word of the dashboard is there in both languages. Here: what they hold, and what stands in the page itself.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { expectBothLanguages } from '../common/testing/expectBothLanguages.ts';
import { ENGLISH } from './english.ts';
import { GERMAN } from './german.ts';

/** What reads the same in both. */
const SAME_IN_BOTH = [
  'metrics.auc',
  'page.version',
  'table.browser',
  'arena.roles.parameter',
  'arena.roles.argmax',
];
/** Names; the rest of the page is words. */
const NAMES = ['Minnow', 'FedAvg'];

const html = readFileSync(join(import.meta.dirname, '../../dashboard.html'), 'utf8');
const body = html.slice(html.indexOf('<body>'), html.indexOf('<noscript>'));

test('German has the same words as English, of the same kind, and none of them is English', () => {
  expectBothLanguages(ENGLISH, GERMAN, SAME_IN_BOTH);
});

test('the page holds no words of its own, and uses all that are there for it', () => {
  const texts = [...body.matchAll(/>\s*([^<>]*\p{L}[^<>]*?)\s*</gu)].map(([, text]) => text!);
  expect(new Set(texts)).toEqual(new Set(NAMES));
  expect(body).not.toMatch(/(aria-label|title|placeholder|alt)="/);
  const used = [...body.matchAll(/data-(?:word|label)="([^"]+)"/g)].map(([, name]) => name!);
  expect([...new Set(used)].sort()).toEqual(Object.keys(ENGLISH.page).sort());
});
