// What a phone fetches before its first local step, built as it is shipped: how large, and made of what.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

const LARGEST_GZIP_BYTES = 60_000;
const LARGEST_DASHBOARD_GZIP_BYTES = 150_000;
const ROOT = join(import.meta.dirname, '..');
const outDir = mkdtempSync(join(tmpdir(), 'minnow-bundle-'));
/**
 * Opened after the join page, or never; what only a browser with a GPU fetches; TensorFlow.js, for whoever asks for it;
 * kernels that few models need; what only those with very little memory fetch; the tuning after the first steps: not part of the first load.
 */
const OTHER_PAGES = /^(dashboard|gpuBackend|tfjsBackend|tuneTile|emitOp|schemeModel)/;
const DASHBOARD = /^dashboard/;
/** What both pages need. */
const SHARED = 'metric';
interface Script {
  readonly name: string;
  readonly text: string;
  readonly gzipBytes: number;
}
let all: Script[] = [];
let scripts: Script[] = [];

beforeAll(async () => {
  // As scripts/pages.mjs builds it: under vitest's `test`, libraries bring what only developers need.
  vi.stubEnv('NODE_ENV', 'production');
  await build({ root: ROOT, logLevel: 'error', build: { outDir, emptyOutDir: true } });
  all = readdirSync(join(outDir, 'assets'))
    .filter((name) => name.endsWith('.js'))
    .map((name) => {
      const text = readFileSync(join(outDir, 'assets', name), 'utf8');
      return { name, text, gzipBytes: gzipSync(text).byteLength };
    });
  scripts = all.filter(({ name }) => !OTHER_PAGES.test(name));
});

afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(outDir, { recursive: true, force: true });
});

test('page, Worker and engine together stay within 60 kB of gzipped JavaScript', () => {
  const sum = scripts.reduce((bytes, script) => bytes + script.gzipBytes, 0);
  const list = scripts.map(({ name, gzipBytes }) => `${name} ${gzipBytes}`).join(', ');
  expect(scripts.map(({ name }) => name.replace(/-.*/, '')).sort()).toEqual(['deviceWorker', 'join', SHARED]);
  expect(sum, list).toBeLessThanOrEqual(LARGEST_GZIP_BYTES);
});

test('the dashboard, its planner included, stays within 150 kB of gzipped JavaScript', () => {
  const own = all.filter(({ name }) => DASHBOARD.test(name) || name.startsWith(SHARED));
  const sum = own.reduce((bytes, script) => bytes + script.gzipBytes, 0);
  const list = own.map(({ name, gzipBytes }) => `${name} ${gzipBytes}`).join(', ');
  expect(own.map(({ name }) => name.replace(/-.*/, '')).sort()).toEqual([
    'dashboard',
    'dashboardArena',
    SHARED,
  ]);
  expect(sum, list).toBeLessThanOrEqual(LARGEST_DASHBOARD_GZIP_BYTES);
});

test('TensorFlow.js is in no script of the first load', () => {
  for (const { name, text } of scripts) expect(/Conv2DBackpropFilter/.test(text), name).toBe(false);
});

test('nothing that only a secure context has is mentioned', () => {
  for (const { name, text } of scripts) {
    for (const word of [
      'crypto.subtle',
      'randomUUID',
      'wakeLock',
      'serviceWorker',
      'navigator.locks',
      'caches.open',
    ]) {
      expect(text.includes(word), `${word} in ${name}`).toBe(false);
    }
  }
});

test('nothing newer than Safari 15 and Chrome 91 is mentioned but what is filled in', () => {
  for (const { name, text } of scripts) {
    for (const pattern of [
      /structuredClone/,
      /findLast/,
      /AbortSignal\.(any|timeout)/,
      /\.throwIfAborted/,
      /toSorted/,
      /toReversed/,
      /static\s*\{/,
      /Promise\.withResolvers/,
    ]) {
      expect(pattern.test(text), `${pattern} in ${name}`).toBe(false);
    }
  }
});
