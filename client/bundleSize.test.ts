// What a phone fetches before its first local step and what comes later, built as it is shipped: how large, made of what.

import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'vite';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

const LARGEST_FIRST_GZIP_BYTES = 60_000;
const LARGEST_LAZY_GZIP_BYTES = 120_000;
const LARGEST_DASHBOARD_GZIP_BYTES = 150_000;
const ROOT = join(import.meta.dirname, '..');
const outDir = mkdtempSync(join(tmpdir(), 'minnow-bundle-'));
/** TensorFlow.js, for whoever asks for it by `?backend=tfjs-webgpu`: counted by itself. */
const TENSORFLOW = 'tfjsBackend';

interface Script {
  /** Without the content's hash. */
  readonly name: string;
  readonly text: string;
  /** As the server sends it. */
  readonly gzipBytes: number;
  /** Fetched with it. */
  readonly imports: readonly string[];
  /** All that it mentions, what it fetches later included. */
  readonly mentions: readonly string[];
}
let first: Script[] = [];
let lazy: Script[] = [];
let dashboard: Script[] = [];

beforeAll(async () => {
  // As scripts/pages.mjs builds it: under vitest's `test`, libraries bring what only developers need.
  vi.stubEnv('NODE_ENV', 'production');
  await build({ root: ROOT, logLevel: 'error', build: { outDir, emptyOutDir: true } });
  const files = readdirSync(join(outDir, 'assets')).filter((file) => file.endsWith('.js'));
  const scripts = new Map(files.map((file) => [file, readScript(file, files)]));
  const scriptsOf = (page: string): string[] => {
    const html = readFileSync(join(outDir, page), 'utf8');
    return files.filter((file) => html.includes(`/assets/${file}`));
  };
  const worker = files.filter((file) => file.startsWith('deviceWorker-'));
  const firstFiles = reachable([...scriptsOf('index.html'), ...worker], scripts, ({ imports }) => imports);
  const allFiles = reachable(firstFiles, scripts, ({ mentions }) => mentions);
  first = firstFiles.map((file) => scripts.get(file)!);
  lazy = allFiles.filter((file) => !firstFiles.includes(file)).map((file) => scripts.get(file)!);
  dashboard = reachable(scriptsOf('dashboard.html'), scripts, ({ mentions }) => mentions).map((file) =>
    scripts.get(file)!,
  );
}, 120_000);

function readScript(file: string, files: readonly string[]): Script {
  const text = readFileSync(join(outDir, 'assets', file), 'utf8');
  const mentions = files.filter((other) => other !== file && text.includes(other));
  const imported = [...text.matchAll(/(?:from|import)\s*["'`]\.\/([\w.-]+)["'`]/g)].map(([, name]) => name!);
  return {
    name: file.replace(/-[\w-]{8}\.js$/, ''),
    text,
    gzipBytes: statSync(join(outDir, 'assets', `${file}.gz`)).size,
    imports: mentions.filter((other) => imported.includes(other)),
    mentions,
  };
}

function reachable(
  from: readonly string[],
  scripts: ReadonlyMap<string, Script>,
  next: (script: Script) => readonly string[],
): string[] {
  const found = new Set(from);
  for (const file of found) for (const other of next(scripts.get(file)!)) found.add(other);
  return [...found];
}

const namesOf = (scripts: readonly Script[]) => scripts.map(({ name }) => name).sort();
const sumOf = (scripts: readonly Script[]) => scripts.reduce((bytes, { gzipBytes }) => bytes + gzipBytes, 0);
const listOf = (scripts: readonly Script[]) =>
  scripts.map(({ name, gzipBytes }) => `${name} ${gzipBytes}`).join(', ');

afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(outDir, { recursive: true, force: true });
});

test('page, Worker and engine together stay within 60 kB of gzipped JavaScript before the first step', () => {
  expect(namesOf(first)).toEqual(expect.arrayContaining(['deviceWorker', 'join']));
  expect(sumOf(first), listOf(first)).toBeLessThanOrEqual(LARGEST_FIRST_GZIP_BYTES);
});

test('all that the join page may fetch later stays within 120 kB more, TensorFlow.js apart', () => {
  const own = lazy.filter(({ name }) => name !== TENSORFLOW);
  expect(namesOf(own)).toEqual(expect.arrayContaining(['joinPage', 'english', 'german', 'gpuBackend']));
  expect(sumOf(own), listOf(own)).toBeLessThanOrEqual(LARGEST_LAZY_GZIP_BYTES);
});

test('TensorFlow.js is in one lazy chunk of its own', () => {
  const holders = [...first, ...lazy].filter(({ text }) => text.includes('Conv2DBackpropFilter'));
  expect(namesOf(holders)).toEqual([TENSORFLOW]);
  expect(namesOf(lazy)).toContain(TENSORFLOW);
});

test('the dashboard, its planner included, stays within 150 kB of gzipped JavaScript', () => {
  expect(namesOf(dashboard)).toEqual(expect.arrayContaining(['dashboard', 'dashboardArena']));
  expect(sumOf(dashboard), listOf(dashboard)).toBeLessThanOrEqual(LARGEST_DASHBOARD_GZIP_BYTES);
});

/** An insecure origin lacks them; what uses them asks for them first, in chunks that are fetched after the first step. */
test('nothing that only a secure context has is mentioned in the first load', () => {
  for (const { name, text } of first) {
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
  for (const { name, text } of first) {
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
