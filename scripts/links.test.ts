// What the documents link to is there: files, headings, words of the glossary. And where a page first uses a word of the
// field that a stranger cannot guess, it links to what the word means.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PAGES = execFileSync('git', ['ls-files', '*.md'], { cwd: ROOT, encoding: 'utf8' }).trim().split('\n');
/** Of the pages in which they occur at all. */
const EXPLAINED = [
  'scheme',
  'delta',
  'arena',
  'staleness',
  'cohort',
  'lease',
  'gradient noise',
  'subset policy',
];
const GUIDES = ['README.md', ...PAGES.filter((page) => /^docs\/[^/]+\.md$/.test(page))].filter(
  (page) => !/(glossary|settings)\.md$/.test(page),
);

const read = (page: string): string => readFileSync(join(ROOT, page), 'utf8');

/** As GitHub makes them of headings; and those that stand in the text. */
function anchorsOf(text: string): Set<string> {
  const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
  return new Set([...headings, ...[...text.matchAll(/<a id="([^"]+)">/g)].map(([, id]) => id!)]);
}

/** Prose alone: no headings, tables, code. */
function proseOf(text: string): string {
  return text
    .replaceAll(/^```[^]*?^```/gm, '')
    .replaceAll(/^(#|\||<| {4}).*$/gm, '')
    .replaceAll(/`[^`\n]*`/g, '');
}

describe.each(PAGES)('%s', (page) => {
  const text = read(page);
  const links = [
    ...text.replaceAll(/`[^`\n]*`/g, '').matchAll(/\]\((?![a-z]+:)([^)#\s]*)(?:#([^)\s]*))?\)/g),
  ];

  it('links to what is there', () => {
    const broken = links.filter(([, file, anchor]) => {
      const target = file === '' ? page : join(dirname(page), file!);
      if (!existsSync(join(ROOT, target))) return true;
      return anchor !== undefined && target.endsWith('.md') && !anchorsOf(read(target)).has(anchor);
    });
    expect(broken.map(([link]) => link)).toEqual([]);
  });
});

describe.each(GUIDES)('%s', (page) => {
  it('links a word at its first use to what it means', () => {
    const prose = proseOf(read(page));
    const unlinked = EXPLAINED.filter((word) => {
      const at = prose.search(new RegExp(`(?<![\\w-/])${word}s?(?![\\w-])`, 'i'));
      return at >= 0 && !/^[^[\]]*\]\([^)]*glossary\.md#/.test(prose.slice(at));
    });
    expect(unlinked).toEqual([]);
  });
});
